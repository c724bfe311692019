"""The peer of predict.mjs: writes the models, and answers `tf.saved_model.load(...)` signature calls over stdin/stdout.

A line "write DIR" writes the models; a line "load DIR" loads one; "run BATCH CALLS" times calls of it, each taking a
NumPy array and giving one, and prints the time of each in microseconds.
"""
import os
import sys
import time

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import tensorflow as tf

keras = tf.keras
layers = keras.layers


def transformer():
    x = inputs = keras.Input((60, 1))
    x = layers.Dense(64)(x)
    for _ in range(2):
        attended = layers.MultiHeadAttention(4, 16)(x, x)
        x = layers.LayerNormalization()(x + attended)
        x = layers.LayerNormalization()(x + layers.Dense(64)(layers.Dense(128, activation='relu')(x)))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


MODELS = {
    'mlp 30-64-1': lambda: keras.Sequential(
        [keras.Input((30,)), layers.Dense(64, activation='relu'), layers.Dense(1)]),
    'convnet 28x28': lambda: keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(16, 3, activation='relu'), layers.MaxPooling2D(), layers.Flatten(),
         layers.Dense(10, activation='softmax')]),
    'lstm(32) 30x1': lambda: keras.Sequential([keras.Input((30, 1)), layers.LSTM(32), layers.Dense(1)]),
    'transformer 60x1': transformer,
}


def serving(model):
    return lambda x: {'y': model(x, training=False)}


def write(folder):
    for name, make in MODELS.items():
        model = make()
        archive = keras.export.ExportArchive()
        archive.track(model)
        spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name='x')
        archive.add_endpoint('serve', serving(model), input_signature=[spec])
        archive.write_out(os.path.join(folder, name), verbose=False)
        print(name)


signature = shape = None
for line in sys.stdin:
    command, _, rest = line.strip().partition(' ')
    if command == 'write':
        write(rest)
    elif command == 'load':
        loaded = tf.saved_model.load(rest)
        signature = loaded.signatures['serving_default']
        shape = signature.structured_input_signature[1]['x'].shape
    elif command == 'run':
        batch, calls = map(int, rest.split())
        x = np.random.default_rng(0).random((batch, *shape[1:]), dtype=np.float32)
        times = []
        for _ in range(calls):
            started = time.perf_counter()
            signature(x=tf.constant(x))['y'].numpy()
            times.append((time.perf_counter() - started) * 1e6)
        print(' '.join(f'{t:.1f}' for t in times))
    print('.', flush=True)
