"""The peer of predict.mjs: writes the models, and answers `tf.saved_model.load(...)` signature calls over stdin/stdout.

A line "write DIR" writes the models; "load DIR" loads one; "run DIR BATCH CALLS" times calls of it, each taking a NumPy
array and giving one, and prints the time of each in microseconds.
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
        y = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(4, 16)(y, y)
        y = layers.LayerNormalization()(x)
        x = x + layers.Dense(64)(layers.Dense(128, activation='relu')(y))
    return keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


# The models of train/models.mjs as a user of Keras writes them.
MODELS = {
    'mlp': lambda: keras.Sequential(
        [keras.Input((30,)), layers.Dense(64, activation='relu'), layers.Dense(1)]),
    'convnet': lambda: keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(16, 3, activation='relu'), layers.MaxPooling2D(), layers.Flatten(),
         layers.Dropout(0.25), layers.Dense(10, activation='softmax')]),
    'lstm': lambda: keras.Sequential([keras.Input((60, 1)), layers.LSTM(32), layers.Dense(1)]),
    'gru': lambda: keras.Sequential([keras.Input((60, 1)), layers.GRU(32, reset_after=False), layers.Dense(1)]),
    'transformer': transformer,
}


def serving(model):
    return lambda x: {'y': model(x, training=False)}


def write(folder):
    for name, make in MODELS.items():
        model = make()
        # Not the zeros and ones of a new model, which an optimizer of graphs leaves out.
        model.set_weights([np.random.default_rng(0).normal(0, 0.1, w.shape).astype('float32') for w in model.get_weights()])
        archive = keras.export.ExportArchive()
        archive.track(model)
        spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name='x')
        archive.add_endpoint('serve', serving(model), input_signature=[spec])
        archive.write_out(os.path.join(folder, name), verbose=False)
        print(name)


signatures = {}
for line in sys.stdin:
    command, _, rest = line.strip().partition(' ')
    if command == 'write':
        write(rest)
    elif command == 'load':
        # The model must outlive its signature.
        signatures[rest] = (model := tf.saved_model.load(rest)), model.signatures['serving_default']
    elif command == 'run':
        folder, batch, calls = rest.split()
        signature = signatures[folder][1]
        x = np.random.default_rng(0).random((int(batch), *signature.structured_input_signature[1]['x'].shape[1:]), np.float32)
        times = []
        for _ in range(int(calls)):
            started = time.perf_counter()
            signature(x=tf.constant(x))['y'].numpy()
            times.append((time.perf_counter() - started) * 1e6)
        print(' '.join(f'{t:.1f}' for t in times))
    print('.', flush=True)
