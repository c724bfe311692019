"""The models of models.mjs in Keras. For each line with a model's name, runs an epoch of model.fit and
answers with its wall-clock and processor milliseconds per step."""
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf

L = tf.keras.layers
BATCH, STEPS = 32, int(sys.argv[1])


def attention(x, d, heads, dropout):
    q, k, v = L.Dense(d)(x), L.Dense(d)(x), L.Dense(d)(x)

    def mix(tensors):
        q, k, v = tensors
        split = lambda t: tf.transpose(tf.reshape(t, [-1, t.shape[1], heads, d // heads]), [0, 2, 1, 3])
        weights = tf.nn.softmax(tf.matmul(split(q), split(k), transpose_b=True) / (d // heads) ** 0.5)
        mixed = tf.transpose(tf.matmul(weights, split(v)), [0, 2, 1, 3])
        return tf.reshape(mixed, [-1, q.shape[1], d])

    mixed = L.Lambda(mix, output_shape=(x.shape[1], d))([q, k, v])
    return L.Dropout(dropout)(L.Dense(d)(mixed))


def transformer(window=60, d=64, layers=2, dropout=0.1):
    inputs = L.Input((window, 1))
    x = L.Dense(d)(inputs)
    for _ in range(layers):
        x = L.Add()([x, attention(L.LayerNormalization()(x), d, 4, dropout)])
        y = L.Dense(2 * d, activation="relu")(L.LayerNormalization()(x))
        x = L.Add()([x, L.Dropout(dropout)(L.Dense(d)(y))])
    return tf.keras.Model(inputs, L.Dense(1)(L.GlobalAveragePooling1D()(x)))


MODELS = {
    "mlp": ((30,), (1,), "mse", lambda: tf.keras.Sequential([L.Input((30,)), L.Dense(64, activation="relu"), L.Dense(1)])),
    "convnet": (
        (28, 28, 1),
        (10,),
        "categorical_crossentropy",
        lambda: tf.keras.Sequential(
            [
                L.Input((28, 28, 1)),
                L.Conv2D(16, 3, activation="relu"),
                L.MaxPooling2D(2),
                L.Flatten(),
                L.Dropout(0.25),
                L.Dense(10, activation="softmax"),
            ]
        ),
    ),
    "lstm": ((60, 1), (1,), "mse", lambda: tf.keras.Sequential([L.Input((60, 1)), L.LSTM(32), L.Dense(1)])),
    "gru": (
        (60, 1),
        (1,),
        "mse",
        lambda: tf.keras.Sequential([L.Input((60, 1)), L.GRU(32, reset_after=False), L.Dense(1)]),
    ),
    "transformer": ((60, 1), (1,), "mse", transformer),
}


def prepared(name):
    x_shape, y_shape, loss, make = MODELS[name]
    x = np.random.randn(BATCH * STEPS, *x_shape).astype("float32")
    y = np.random.randn(BATCH * STEPS, *y_shape).astype("float32")
    if loss == "categorical_crossentropy":
        y = np.eye(10, dtype="float32")[np.random.randint(0, 10, BATCH * STEPS)]
    model = make()
    model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=loss)
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


fits = {}
for line in sys.stdin:
    name = line.strip()
    if name not in fits:
        fits[name] = prepared(name)
    wall, cpu = time.perf_counter(), time.process_time()
    fits[name]()
    print((time.perf_counter() - wall) * 1000 / STEPS, (time.process_time() - cpu) * 1000 / STEPS, flush=True)
