"""Writes the small SavedModels that the tests serve. usage: make_models.py FOLDER"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import tensorflow as tf

ALL_DTYPES = [
    tf.float32, tf.float64, tf.half, tf.bfloat16, tf.int8, tf.int16, tf.int32, tf.int64,
    tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.string, tf.complex64, tf.complex128,
]


def spec(dtype, shape=None, name=None):
    return tf.TensorSpec(shape, dtype, name=name)


class HalfPlus(tf.Module):
    """y = x / 2 + offset, also by way of tf.Example."""

    def __init__(self, offset):
        super().__init__()
        self.a = tf.Variable(0.5)
        self.b = tf.Variable(float(offset))

    @tf.function(input_signature=[spec(tf.float32, None, "x")])
    def predict(self, x):
        return {"y": self.a * x + self.b}

    def parse(self, inputs):
        features = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([1], tf.float32)})
        return self.a * features["x"] + self.b

    @tf.function(input_signature=[spec(tf.string, [None], "inputs")])
    def regress(self, inputs):
        return {"outputs": self.parse(inputs)}

    @tf.function(input_signature=[spec(tf.string, [None], "inputs")])
    def classify(self, inputs):
        return {"scores": self.parse(inputs)}

    @tf.function(input_signature=[spec(tf.string, [None], "inputs")])
    def label(self, inputs):
        scores = tf.concat([self.parse(inputs), -self.parse(inputs)], axis=1)
        labels = tf.tile([["up", "down"]], [tf.shape(inputs)[0], 1])
        return {"classes": labels, "scores": scores}

    def save(self, folder):
        tf.saved_model.save(self, folder, signatures={
            "serving_default": self.predict,
            "regress_x_to_y": self.regress,
            "classify_x_to_y": self.classify,
            "labelled": self.label,
        })


class Mixed(tf.Module):
    """Two inputs, three outputs."""

    @tf.function(input_signature=[spec(tf.int32, [None, 2], "number"), spec(tf.string, [None], "text")])
    def predict(self, number, text):
        return {
            "sum": tf.reduce_sum(number, axis=1),
            "text": tf.strings.join([text, text]),
            "text_bytes": text,
        }


class Identity(tf.Module):
    """One signature a dtype: y = x."""

    def functions(self):
        made = {}
        for dtype in ALL_DTYPES:
            function = tf.function(lambda x: {"y": tf.identity(x)}, input_signature=[spec(dtype, None, "x")])
            made[dtype.name] = function.get_concrete_function()
        return made


class Centred(tf.Module):
    """Each row less the mean of all rows of the batch: an answer depends on who else asks."""

    @tf.function(input_signature=[spec(tf.float32, [None, 2], "x")])
    def predict(self, x):
        return {"y": x - tf.reduce_mean(x, axis=0)}


class Moody(tf.Module):
    """Does to whoever runs it what its signatures say."""

    @tf.function(input_signature=[spec(tf.float32, [None], "x")])
    def calm(self, x):
        return {"y": x + 1}

    @tf.function(input_signature=[spec(tf.float32, [None], "x")])
    def crash(self, x):
        with tf.control_dependencies([tf.raw_ops.Abort(error_msg="as asked")]):
            return {"y": tf.identity(x)}

    @tf.function(input_signature=[spec(tf.int64, [None], "x")])
    def count(self, x):
        """Counts to the largest of x, one turn of a loop for each."""
        most = tf.reduce_max(x)
        turns = tf.while_loop(lambda i: i < most, lambda i: (i + 1,), (tf.constant(0, tf.int64),))[0]
        return {"y": tf.zeros_like(x) + turns}

    @tf.function(input_signature=[spec(tf.int64, [None], "x")])
    def fill(self, x):
        """As many floats as the largest of x says."""
        return {"y": tf.cast(x, tf.float32) + tf.reduce_max(tf.random.uniform([tf.reduce_max(x)]))}


def main(folder):
    moody = Moody()
    tf.saved_model.save(moody, f"{folder}/moody/1", signatures={
        "serving_default": moody.calm, "crash": moody.crash, "count": moody.count, "fill": moody.fill})
    for version, offset in ((123, 2), (124, 2)):
        HalfPlus(offset).save(f"{folder}/saved_model_half_plus_two_2_versions/{version:08d}")
    HalfPlus(2).save(f"{folder}/saved_model_half_plus_two_cpu/00000123")
    HalfPlus(3).save(f"{folder}/saved_model_half_plus_three/00000123")
    mixed = Mixed()
    tf.saved_model.save(mixed, f"{folder}/mixed/1", signatures={"serving_default": mixed.predict})
    centred = Centred()
    tf.saved_model.save(centred, f"{folder}/centred/1", signatures={"serving_default": centred.predict})
    identity = Identity()
    tf.saved_model.save(identity, f"{folder}/identity/1", signatures=identity.functions())


main(sys.argv[1])
