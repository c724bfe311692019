"""Writes graphs whose weights are constants, large and small ones. Usage: weights.py DIR

Prints by graph what it answers to x = 0, 1, 2... of its width, in three rows.
"""
import json
import os
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import numpy as np
import tensorflow as tf


def matrix(rows, columns, factor):
    """Small whole numbers: their sums are exact, in whichever order."""
    return (np.arange(rows * columns).reshape(rows, columns) * factor % 7 - 3).astype(np.float32)


def write(name, width, build):
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (None, width), 'x')
        y = tf.identity(build(x), 'y')
        tf.io.write_graph(graph, sys.argv[1], f'{name}.pb', as_text=False)
        with tf.compat.v1.Session() as session:
            rows = np.tile(np.arange(width, dtype=np.float32) % 5, (3, 1))
            return session.run(y, {x: rows}).reshape(-1).tolist()


def large(factor):
    def build(x):
        # As TensorFlow's own tools write what was a variable.
        read = tf.identity(tf.constant(matrix(640, 600, factor), name='w'), 'read')
        hidden = tf.matmul(x, read) % 5.0
        # Is added as well, so that it stays what it is.
        both = tf.constant(matrix(600, 600, factor + 1), name='both')
        table = tf.constant(matrix(4000, 600, factor + 2), name='table')
        return tf.matmul(hidden, both) + both[0] + tf.gather(table, tf.cast(x[:, 1], tf.int32))

    return build


answers = {f'large_{factor}': write(f'large_{factor}', 640, large(factor)) for factor in (1, 2)}
def write_circle():
    """No tool writes it: two nodes of one name, the second of which reads itself."""
    with tf.Graph().as_default() as graph:
        tf.matmul(tf.zeros((1, 640)), tf.identity(tf.constant(matrix(640, 600, 1)), 'passed'))
        damaged = graph.as_graph_def()
    damaged.node.add(name='passed', op='Identity', input=['passed']).attr['T'].type = tf.float32.as_datatype_enum
    tf.io.write_graph(damaged, sys.argv[1], 'circle.pb', as_text=False)


write_circle()
answers['small'] = write('small', 40, lambda x: tf.nn.relu(tf.matmul(x, matrix(40, 30, 3)) + matrix(1, 30, 1)[0]))
print(json.dumps(answers))
