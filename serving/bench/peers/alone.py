"""TensorFlow alone: instances a second and the time of a run, NumPy to NumPy. Arguments: model folder, batch, seconds."""
import gc
import json
import os
import sys
import time

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import tensorflow as tf

folder, batch, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
signature = tf.saved_model.load(folder).signatures['serving_default']
shape = signature.structured_input_signature[1]['x'].shape
x = np.random.default_rng(0).random((batch, *shape[1:]), dtype=np.float32)
gc.freeze()
for _ in range(20):
    signature(x=tf.constant(x))['y'].numpy()
times = []
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    started = time.perf_counter()
    signature(x=tf.constant(x))['y'].numpy()
    times.append((time.perf_counter() - started) * 1000)
times.sort()
print(json.dumps({'perSecond': batch * len(times) / sum(times) * 1000, 'p50': times[len(times) // 2]}))
