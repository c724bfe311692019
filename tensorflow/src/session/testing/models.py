"""Writes SavedModels as Python's users have them, and what Python's TensorFlow answers. Usage: models.py DIR

Prints one JSON object: for each model its inputs and Python's outputs, as {name: {dtype, shape, data}} with the data's
bytes in base64 (strings as a list of them).
"""
import base64
import json
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
root = sys.argv[1]


def at(*names):
    return os.path.join(root, *names)


def vocabulary():
    with open(at('vocabulary.txt'), 'w') as file:
        file.write('gold\nsilver\ncopper\n')
    return at('vocabulary.txt')


def encode(tensor):
    value = tensor.numpy() if isinstance(tensor, tf.Tensor) else np.asarray(tensor)
    dtype = tf.as_dtype(value.dtype).name if value.dtype != object else 'string'
    data = ([base64.b64encode(x).decode() for x in value.ravel()] if dtype == 'string'
            else base64.b64encode(value.tobytes()).decode())
    return {'dtype': {'float16': 'half'}.get(dtype, dtype), 'shape': list(value.shape), 'data': data}


def tf1_model(folder):
    """Graph, variables, a table filled from an asset by an initialiser, two sets of tags, a sparse input."""
    builder = v1.saved_model.Builder(folder)
    for tags, factor in ((['serve'], 2.0), (['train'], 3.0)):
        with tf.Graph().as_default(), v1.Session() as session:
            words = v1.placeholder(tf.string, [None], name='words')
            x = v1.placeholder(tf.float32, [None, 2], name='x')
            sparse = v1.sparse_placeholder(tf.float32, [None, 3], name='sparse')
            table = tf.lookup.StaticVocabularyTable(
                tf.lookup.TextFileInitializer(vocabulary(), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                              tf.lookup.TextFileIndex.LINE_NUMBER), 1)
            weight = v1.get_variable('weight', initializer=factor * tf.ones([2, 1]), use_resource=False)
            info = v1.saved_model.build_tensor_info
            signature = v1.saved_model.build_signature_def
            signatures = {
                'serving_default': signature(
                    {'words': info(words), 'x': info(x)},
                    {'ids': info(tf.identity(table.lookup(words))), 'y': info(x @ weight)}),
                'sparse': signature({'s': info(sparse)}, {'sum': info(tf.sparse.reduce_sum(sparse, 1))}),
            }
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            options = dict(signature_def_map=signatures, main_op=v1.tables_initializer(),
                           assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS))
            if tags == ['serve']:
                builder.add_meta_graph_and_variables(session, tags, **options)
            else:
                builder.add_meta_graph(tags, **options)
    builder.save()


class Tf2Model(tf.Module):
    """Resource variables, a table with an asset, functions that call functions, control flow, state."""

    def __init__(self):
        self.weight = tf.Variable([[1.5], [-2.0]])
        self.count = tf.Variable(0, dtype=tf.int64)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(vocabulary(), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                          tf.lookup.TextFileIndex.LINE_NUMBER), -1)

    @tf.function
    def inner(self, x):
        return tf.nn.relu(x @ self.weight)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], name='x'), tf.TensorSpec([None], tf.string, name='words')])
    def serve(self, x, words):
        total = tf.zeros_like(x[:, :1])
        for _ in tf.range(3):
            total += self.inner(x)
        return {'total': total, 'ids': self.table.lookup(words), 'upper': tf.strings.upper(words)}

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64, name='by')])
    def add(self, by):
        return {'count': self.count.assign_add(by)}

    @tf.function(input_signature=[])
    def weights(self):
        return {'weight': self.weight.read_value()}

    @tf.function(input_signature=[tf.TensorSpec([None, 2], name='x')])
    def assign(self, x):
        return {'before': self.weight.read_value(), 'after': self.weight.assign(x[:2, :1])}


DTYPES = ['float16', 'bfloat16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32',
          'uint64', 'bool', 'complex64', 'complex128', 'string']


class Echo(tf.Module):
    def signatures(self):
        def echo(dtype):
            spec = tf.TensorSpec([None, None], dtype, name='x')
            return tf.function(lambda x: {'y': tf.transpose(x)}, input_signature=[spec])
        return {name: echo(tf.as_dtype(name)).get_concrete_function() for name in DTYPES}


class Slow(tf.Module):
    """As many matrix products as one asks for."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, name='steps')])
    def serve(self, steps):
        x = tf.eye(256) * 0.5
        for _ in tf.range(steps):
            x = tf.tanh(x @ x)
        return {'sum': tf.reduce_sum(x)}


class Large(tf.Module):
    """Four million weights: 16 MB that must come back."""

    def __init__(self):
        self.weight = tf.Variable(tf.ones([2000, 2000]))

    @tf.function(input_signature=[tf.TensorSpec([None, 2000], name='x')])
    def serve(self, x):
        return {'y': x @ self.weight}


def frozen_graph(file):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 4], name='x')
        flag = v1.placeholder_with_default(False, [], name='flag')
        y = tf.nn.softmax(x @ tf.constant(np.arange(12, dtype=np.float32).reshape(4, 3)), name='probabilities')
        tf.argmax(y, 1, name='class')
        tf.split(x, 2, axis=1, name='parts')
        tf.cond(flag, lambda: x, lambda: -x)
    with open(file, 'wb') as out:
        out.write(graph.as_graph_def().SerializeToString())


def row_of_products(folder):
    """Many ops, each of which waits for the one before: minutes with a large matrix, and no loop."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, None], name='x')
        y = x
        for _ in range(1000):
            y = y @ x
        v1.saved_model.simple_save(session, folder, {'x': x}, {'y': y})


def training_graph(file):
    """A step with its state in a variable, and one whose state comes and goes."""
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [2], name='x')
        variable = tf.Variable([0.0, 0.0])
        tf.group(variable.initializer, name='initialize')
        tf.group(variable.assign_add(x), name='update')
        tf.identity(variable, name='read')
        tf.reduce_sum(x * x, name='loss')
        tf.add(v1.placeholder(tf.float32, None, name='state'), x, name='next')
    with open(file, 'wb') as out:
        out.write(graph.as_graph_def().SerializeToString())


def values(dtype):
    if dtype == 'string':
        return np.array([[b'gold', b'', b'\x00\xff'], ['Aurum \u2116 79'.encode() * 9, b'b', b'c']], dtype=object)
    if dtype == 'bool':
        return np.array([[True, False, True], [False, False, True]])
    kind = tf.as_dtype(dtype)
    if kind.is_complex:
        return (np.arange(6).reshape(2, 3) * (1.5 - 2j)).astype(kind.as_numpy_dtype)
    if kind.is_integer:
        return np.array([[kind.min, kind.max, 0], [1, 2, 3]], dtype=kind.as_numpy_dtype)
    return np.array([[0.5, -0.0, np.inf], [np.nan, float(kind.max), 1e-3]], dtype=kind.as_numpy_dtype)


tf1_model(at('tf1'))
tf2 = Tf2Model()
tf.saved_model.save(tf2, at('tf2'), signatures={
    'serving_default': tf2.serve, 'add': tf2.add, 'weights': tf2.weights, 'assign': tf2.assign})
echo = Echo()
echo.functions = echo.signatures()
tf.saved_model.save(echo, at('echo'), signatures=echo.functions)
slow = Slow()
tf.saved_model.save(slow, at('slow'), signatures={'serving_default': slow.serve})
large = Large()
tf.saved_model.save(large, at('large'), signatures={'serving_default': large.serve})
frozen_graph(at('frozen.pb'))
training_graph(at('training.pb'))
row_of_products(at('row'))

cases = []


def case(model, signature, function, **inputs):
    outputs = function(**{name: tf.constant(value) for name, value in inputs.items()})
    cases.append({'model': model, 'signature': signature,
                  'inputs': {name: encode(tf.constant(value)) for name, value in inputs.items()},
                  'outputs': {name: encode(value) for name, value in outputs.items()}})


words = np.array([b'silver', b'lead', b'gold'], dtype=object)
x = np.array([[1, 2], [3, -4], [0.25, 0]], dtype=np.float32)
for name in ('tf1', 'tf2'):
    loaded = tf.saved_model.load(at(name), tags=['serve'] if name == 'tf1' else None)
    case(name, 'serving_default', loaded.signatures['serving_default'], words=words, x=x)
loaded = tf.saved_model.load(at('echo'))
for name in DTYPES:
    case('echo', name, loaded.signatures[name], x=values(name))
json.dump(cases, sys.stdout)
