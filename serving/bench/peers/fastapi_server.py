"""FastAPI and TensorFlow, as quick as one makes it: orjson, one thread, no collector over the model. Arguments: models, port."""
import gc
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import orjson
import tensorflow as tf
import uvicorn
from fastapi import FastAPI, Request, Response

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
root, port = sys.argv[1], int(sys.argv[2])
models = {name: tf.saved_model.load(f'{root}/{name}/1') for name in ('digits', 'gold')}
signatures = {name: model.signatures['serving_default'] for name, model in models.items()}
app = FastAPI()


@app.post('/v1/models/{name}:predict')
async def predict(name: str, request: Request):
    x = np.array(orjson.loads(await request.body())['instances'], dtype=np.float32)
    y = signatures[name](x=tf.constant(x))['y'].numpy()
    return Response(orjson.dumps({'predictions': y}, option=orjson.OPT_SERIALIZE_NUMPY), media_type='application/json')


gc.collect()
gc.freeze()
uvicorn.run(app, host='127.0.0.1', port=port, log_level='error', access_log=False)
