"""NVIDIA Triton with its dynamic batcher, by way of PyTriton. Arguments: models, port."""
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import tensorflow as tf
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
root, port = sys.argv[1], int(sys.argv[2])
SIZES = {'digits': ((28, 28, 1), 10), 'gold': ((60,), 7)}
models = {name: tf.saved_model.load(f'{root}/{name}/1') for name in SIZES}


def infer(name):
    signature = models[name].signatures['serving_default']

    @batch
    def run(x):
        return {'y': signature(x=tf.constant(x))['y'].numpy()}

    return run


config = TritonConfig(http_address='127.0.0.1', http_port=port, grpc_port=port + 1, metrics_port=port + 2)
with Triton(config=config) as triton:
    for name, (shape, outputs) in SIZES.items():
        triton.bind(
            model_name=name,
            infer_func=infer(name),
            inputs=[Tensor(name='x', dtype=np.float32, shape=shape)],
            outputs=[Tensor(name='y', dtype=np.float32, shape=(outputs,))],
            config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher(max_queue_delay_microseconds=500)),
        )
    triton.serve()
