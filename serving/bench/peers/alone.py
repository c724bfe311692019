"""TensorFlow alone: instances a second, the same a second of CPU time, and the time of a run, NumPy to NumPy. Arguments: model folder, batch, seconds."""
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
cpu = time.process_time()
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    started = time.perf_counter()
    signature(x=tf.constant(x))['y'].numpy()
    times.append((time.perf_counter() - started) * 1000)
cpu = time.process_time() - cpu
times.sort()
instances = batch * len(times)
print(json.dumps({'perSecond': instances / sum(times) * 1000, 'perCpuSecond': instances / cpu, 'p50': times[len(times) // 2]}))
