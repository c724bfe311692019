"""A TensorFlow model as an MLServer runtime."""
import gc
import os

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import tensorflow as tf
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Model(MLModel):
    async def load(self):
        self.loaded = tf.saved_model.load(self.settings.parameters.uri)
        self.signature = self.loaded.signatures['serving_default']
        gc.freeze()
        return True

    async def predict(self, payload):
        x = NumpyCodec.decode_input(payload.inputs[0])
        y = self.signature(x=tf.constant(x, dtype=tf.float32))['y'].numpy()
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output('y', y)])
