"""Writes the two models of the benchmark as SavedModels: `digits` (28x28x1 to 10) and `gold` (60 to 7). Argument: a folder."""
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import tensorflow as tf

keras = tf.keras
layers = keras.layers


def digits():
    return keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(16, 3, activation='relu'), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(10, activation='softmax')])


def gold():
    inputs = keras.Input((60,))
    x = layers.Dense(64)(layers.Reshape((60, 1))(inputs))
    for _ in range(2):
        attended = layers.MultiHeadAttention(4, 16)(x, x)
        x = layers.LayerNormalization()(x + attended)
        x = layers.LayerNormalization()(x + layers.Dense(64)(layers.Dense(128, activation='relu')(x)))
    return keras.Model(inputs, layers.Dense(7)(layers.GlobalAveragePooling1D()(x)))


def serving(model):
    return lambda x: {'y': model(x, training=False)}


keras.utils.set_random_seed(7)
for make in digits, gold:
    model = make()
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name='x')
    archive.add_endpoint('serving_default', serving(model), input_signature=[spec])
    archive.write_out(os.path.join(sys.argv[1], make.__name__, '1'), verbose=False)
