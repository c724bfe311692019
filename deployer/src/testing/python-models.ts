import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {access, mkdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {CHECKOUT, PYTHON} from './fixtures.js';

/** SavedModels as Python's TensorFlow writes them: honest ones, and ones that would do harm to whoever runs them. */
const SCRIPT = `
import os, sys
import tensorflow as tf
out = sys.argv[1]
evidence = '/tmp/written-by-a-model'
total = lambda x: tf.reduce_sum(x, 1, keepdims=True)

def save(name, module, body):
    module.f = tf.function(lambda x: {'y': body(x)}, input_signature=[tf.TensorSpec([None, 3], tf.float32, name='x')])
    tf.saved_model.save(module, os.path.join(out, name), signatures={'serving_default': module.f})

def after(op, x):
    with tf.control_dependencies([op]):
        return total(x)

def simple(name, body):
    save(name, tf.Module(), body)

simple('honest', total)
weights = tf.Module()
weights.w = tf.Variable([[2.0], [2.0], [2.0]])
save('honest-variables', weights, lambda x: x @ weights.w)
table = tf.Module()
table.t = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(['a'], [1.0]), 0.0)
save('honest-table', table, lambda x: total(x) + table.t.lookup(tf.constant('a')))
keras = tf.keras.Sequential([tf.keras.layers.Input([3, 1]), tf.keras.layers.LSTM(4), tf.keras.layers.Dense(1)])
keras.export(os.path.join(out, 'honest-keras'), verbose=False)

simple('reads', lambda x: total(x) + tf.cast(tf.strings.length(tf.io.read_file('/etc/hostname')), tf.float32))
simple('writes', lambda x: after(tf.raw_ops.WriteFile(filename=evidence, contents='x'), x))
simple('lists', lambda x: total(x) + tf.cast(tf.size(tf.io.matching_files('/*')), tf.float32))
simple('prints', lambda x: after(tf.raw_ops.PrintV2(input='x', output_stream='file://' + evidence), x))
simple('runs-python', lambda x: tf.ensure_shape(tf.numpy_function(lambda a: a[:, :1], [x], tf.float32), [None, 1]))
simple('saves', lambda x: after(tf.raw_ops.SaveV2(
    prefix=evidence, tensor_names=['a'], shape_and_slices=[''], tensors=[total(x)]), x))
simple('restores', lambda x: total(x) + tf.raw_ops.RestoreV2(
    prefix='/tmp/of-somebody-else', tensor_names=['a'], shape_and_slices=[''], dtypes=[tf.float32])[0])
simple('hides-in-a-branch', lambda x: tf.cond(tf.reduce_sum(x) > 1e9, lambda: after(
    tf.raw_ops.WriteFile(filename=evidence, contents='x'), x), lambda: total(x)))
simple('hangs', lambda x: total(x) + tf.while_loop(
    lambda i: i < 1.0, lambda i: i * 0.0 + tf.reduce_min(tf.zeros_like(x)), [tf.constant(0.0)])[0])

from tensorflow.core.protobuf import saved_model_pb2
def rewire(name, change):
    os.makedirs(os.path.join(out, name))
    model = saved_model_pb2.SavedModel()
    with open(os.path.join(out, 'honest-variables', 'saved_model.pb'), 'rb') as file:
        model.ParseFromString(file.read())
    change(model.meta_graphs[0])
    with open(os.path.join(out, name, 'saved_model.pb'), 'wb') as file:
        file.write(model.SerializeToString())

def foreign(meta):
    for function in meta.graph_def.library.function:
        for node in function.node_def:
            if node.op == 'RestoreV2':
                node.input[0] = 'elsewhere:output:0'
                other = function.node_def.add(name='elsewhere', op='Const')
                other.attr['dtype'].type = 7
                other.attr['value'].tensor.CopyFrom(tf.make_tensor_proto('/tmp/of-somebody-else'))
rewire('restores-from-elsewhere', foreign)
def saving(meta):
    save = [node.name for node in meta.graph_def.node if node.name == meta.saver_def.save_tensor_name.split(':')[0]][0]
    meta.saver_def.restore_op_name = save
rewire('saves-when-loaded', saving)
`;

/** Written once, and kept beside the Python environment. @returns the folder that holds them by name. */
export async function pythonModels(): Promise<string> {
  const key = createHash('sha256').update(SCRIPT).digest('hex').slice(0, 12);
  const dir = path.join(CHECKOUT, '.ingot', 'test-models', `deployer-${key}`);
  if (
    await access(dir).then(
      () => true,
      () => false,
    )
  )
    return dir;
  const incoming = `${dir}.${process.pid}`;
  await mkdir(incoming, {recursive: true});
  await promisify(execFile)(PYTHON, ['-c', SCRIPT, incoming], {env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '3'}});
  await rename(incoming, dir).catch(() => rm(incoming, {recursive: true}));
  return dir;
}
