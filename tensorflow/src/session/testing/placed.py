"""Writes a SavedModel of patterns that are fused, whose ops ask for a processor or a GPU. Usage: placed.py DIR

The signatures are PATTERN_free (no op asks), PATTERN_cpu, PATTERN_gpu (all do) and PATTERN_OP (that one op asks for a GPU,
the others for a processor). Beside it a graph, pinned.pb, whose only op asks for a GPU. Prints nothing.
"""
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import tensorflow as tf


def attention(x, on):
    q, k, v = (tf.transpose(x * factor, [0, 2, 1, 3]) for factor in (1.0, 0.5, 2.0))
    with on('scores'):
        scores = tf.matmul(q, k, transpose_b=True)
    with on('scaled'):
        scaled = scores * 0.37
    with on('weights'):
        weights = tf.nn.softmax(scaled)
    with on('mixed'):
        mixed = tf.matmul(weights, v)
    with on('turned'):
        return tf.transpose(mixed, [0, 2, 1, 3])


def norm(x, on):
    with on('mean'):
        mean = tf.reduce_mean(x, -1, keepdims=True)
    with on('squares'):
        squares = tf.square(x - mean)
    with on('variance'):
        variance = tf.reduce_mean(squares, -1, keepdims=True)
    with on('raised'):
        raised = variance + 1e-5
    with on('inverse'):
        inverse = tf.math.rsqrt(raised)
    with on('scale'):
        scale = inverse * tf.linspace(0.5, 2.0, 4)
    with on('centred'):
        centred = x - mean
    with on('scaled'):
        scaled = centred * scale
    with on('shifted'):
        return scaled + tf.linspace(-1.0, 1.0, 4)


def dense(x, on):
    with on('product'):
        product = tf.matmul(x, tf.reshape(tf.linspace(-1.0, 1.0, 12), [4, 3]))
    with on('sum'):
        total = tf.nn.bias_add(product, tf.linspace(-1.0, 1.0, 3))
    with on('activated'):
        return tf.nn.relu(total)


PARTS = {
    attention: ('scores', 'scaled', 'weights', 'mixed', 'turned'),
    norm: ('mean', 'squares', 'variance', 'raised', 'inverse', 'scale', 'centred', 'scaled', 'shifted'),
    dense: ('product', 'sum', 'activated'),
}


def signature(pattern, where):
    def on(part):
        if where == 'free':
            return tf.device(None)
        return tf.device('/GPU:0' if where in ('gpu', part) else '/CPU:0')

    spec = tf.TensorSpec((None, 5, 2, 4), tf.float32, name='x')
    return tf.function(lambda x: {'y': pattern(x, on)}, input_signature=[spec])


module = tf.Module()
signatures = {f'{pattern.__name__}_{where}': signature(pattern, where)
              for pattern, parts in PARTS.items() for where in ('free', 'cpu', 'gpu', *parts)}
module.held = list(signatures.values())
tf.saved_model.save(module, sys.argv[1], signatures=signatures)

with tf.Graph().as_default() as graph:
    x = tf.compat.v1.placeholder(tf.float32, (None,), 'x')
    with tf.device('/GPU:0'):
        tf.add(x, 1.0, 'y')
    tf.io.write_graph(graph, sys.argv[1], 'pinned.pb', as_text=False)
