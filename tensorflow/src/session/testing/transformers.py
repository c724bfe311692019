"""Writes a SavedModel of attention and layer normalisation in the ways that they are written in. Usage: transformers.py DIR

Its signatures take what a test likes of any sizes; prints nothing.
"""
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import keras
import tensorflow as tf

keras.utils.set_random_seed(7)
F = tf.float32


def spec(*shape, dtype=F):
    return tf.TensorSpec(shape, dtype)


class Models(tf.Module):
    def __init__(self):
        self.held = []
        self.functions = {}

    def keep(self, layer, *shapes):
        layer.build(*shapes)
        for weight in layer.weights:
            weight.assign(tf.random.stateless_normal(weight.shape, [3, len(self.held)], stddev=0.5))
            self.held.append(weight.value)
        return layer

    def add(self, name, function, **inputs):
        self.functions[name] = tf.function(function, input_signature=[tf.TensorSpec(s.shape, s.dtype, name=k)
                                                                       for k, s in inputs.items()])


models = Models()
SCALE = tf.linspace(0.5, 2.0, 19)


def applied(layer):
    return lambda x: {'y': layer(x)}


def self_attention(layer, **options):
    return lambda x: {'y': layer(x, x, **options)}


for heads, depth in ((1, 16), (3, 5), (8, 4), (4, 16)):
    d = heads * depth
    mha = models.keep(keras.layers.MultiHeadAttention(heads, depth), (None, None, d), (None, None, d))
    models.add(f'heads_{heads}_{depth}', self_attention(mha), x=spec(None, None, d))
    models.add(f'window_{heads}_{depth}', self_attention(mha), x=spec(None, 61, d))
    models.add(f'causal_{heads}_{depth}', self_attention(mha, use_causal_mask=True), x=spec(None, None, d))

mha = models.keep(keras.layers.MultiHeadAttention(2, 6), (None, None, 12), (None, None, 9))
models.add('cross', lambda x, to, mask: {'y': mha(x, to, attention_mask=mask)},
           x=spec(None, None, 12), to=spec(None, None, 9), mask=spec(None, None, None, dtype=tf.bool))


def scores(x, to):
    y, weights = mha(x, to, return_attention_scores=True)
    return {'y': y, 'weights': weights}


models.add('scores', scores, x=spec(None, None, 12), to=spec(None, None, 9))


models.add('heads', lambda q, k, v, mask: {
    'y': tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * 0.37 + mask), v)},
           q=spec(None, None, None, None), k=spec(None, None, None, None),
           v=spec(None, None, None, None), mask=spec(None, None, None, None))
models.add('no_heads', lambda q, k, v: {'y': tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / 3.0), v)},
           q=spec(None, None, None), k=spec(None, None, None), v=spec(None, None, None))


def turned(q, k, v):
    weights = tf.nn.softmax(tf.matmul(tf.transpose(q * 0.5, [0, 2, 1, 3]), tf.transpose(k, [0, 2, 3, 1])))
    return {'y': tf.transpose(tf.matmul(weights, tf.transpose(v, [0, 2, 1, 3])), [0, 2, 1, 3])}


models.add('turned', turned, q=spec(None, None, None, None), k=spec(None, None, None, None), v=spec(None, None, None, None))

for name, options in {'both': {}, 'no_scale': {'scale': False}, 'no_center': {'center': False},
                      'neither': {'scale': False, 'center': False}, 'axes': {'axis': [1, 2]}}.items():
    layer = models.keep(keras.layers.LayerNormalization(epsilon=1e-3, **options), (None, 7, 19))
    models.add(f'norm_{name}', applied(layer), x=spec(None, 7, 19))

# Looks like it, and is something else: the mean goes over the rows.
models.add('not_rows', lambda x: {'y': (x - tf.reduce_mean(x, 0, keepdims=True)) *
                                  tf.math.rsqrt(tf.math.reduce_variance(x, -1, keepdims=True) + 1e-5) },
           x=spec(None, 19))

for activation in ('linear', 'relu', 'tanh'):
    dense = models.keep(keras.layers.Dense(21, activation=activation), (None, 5, 13))
    models.add(f'dense_{activation}', applied(dense), x=spec(None, 5, 13))
    models.add(f'dense_{activation}_any', applied(dense), x=spec(None, None, 13))

tf.saved_model.save(models, sys.argv[1], signatures=models.functions)


# Graphs whose inner values can be asked for, by the names of nodes.
def placeholder(name, *shape):
    return tf.compat.v1.placeholder(F, shape, name)


def apart(total, mean, inverse, beta):
    return total * inverse + (beta - mean * inverse)


def centred(total, mean, inverse, beta):
    return (total - mean) * inverse + beta


for name, combined in (('apart', apart), ('centred', centred)):
    with tf.Graph().as_default() as graph:
        total = tf.add(placeholder('x', None, None, 19), placeholder('more', None, None, 19), 'total')
        mean = tf.reduce_mean(total, -1, keepdims=True, name='mean')
        squares = tf.math.squared_difference(total, mean) if name == 'apart' else tf.square(total - mean)
        variance = tf.reduce_mean(squares, -1, keepdims=True, name='variance')
        inverse = tf.multiply(tf.math.rsqrt(variance + 1e-5), tf.linspace(0.5, 2.0, 19), 'inverse')
        tf.identity(combined(total, mean, inverse, tf.linspace(-1.0, 1.0, 19)), 'y')
        tf.io.write_graph(graph, sys.argv[1], f'{name}.pb', as_text=False)

with tf.Graph().as_default() as graph:
    q, k, v = (tf.transpose(placeholder(name, None, None, None, None), [0, 2, 1, 3]) for name in 'qkv')
    scores = tf.matmul(q, k, transpose_b=True, name='scores')
    weights = tf.nn.softmax(tf.divide(scores, 1.7, 'scaled') + placeholder('mask', None, None, None), name='weights')
    mixed = tf.matmul(weights, v, name='mixed')
    tf.identity(tf.transpose(mixed, [0, 2, 1, 3]), 'y')
    tf.io.write_graph(graph, sys.argv[1], 'attention.pb', as_text=False)
