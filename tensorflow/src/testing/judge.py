"""Runs signatures of SavedModels in Python's TensorFlow, one request per line of JSON, for tests that compare."""
import base64
import json
import sys
import traceback

import numpy
import tensorflow as tf

tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

loaded = {}


def to_tensor(tensor):
    if tensor["dtype"] == "string":
        values = [base64.b64decode(value) for value in tensor["data"]]
        return tf.constant(values, tf.string, tensor["shape"])
    data = numpy.frombuffer(base64.b64decode(tensor["data"]), tf.dtypes.as_dtype(tensor["dtype"]).as_numpy_dtype)
    return tf.constant(data.reshape(tensor["shape"]))


def from_tensor(tensor):
    value = tensor.numpy()
    if tensor.dtype == tf.string:
        data = [base64.b64encode(element).decode() for element in numpy.ravel(value)]
    else:
        data = base64.b64encode(numpy.ascontiguousarray(value).tobytes()).decode()
    return {"dtype": tensor.dtype.name, "shape": list(tensor.shape), "data": data}


def answer(request):
    if "checkpoint" in request:
        reader = tf.train.load_checkpoint(request["checkpoint"])
        names = reader.get_variable_to_shape_map()
        return {"outputs": {name: from_tensor(tf.constant(reader.get_tensor(name))) for name in names}}
    key = request["dir"]
    if key not in loaded:
        loaded.clear()
        loaded[key] = tf.saved_model.load(key)
    signature = loaded[key].signatures[request["signature"]]
    outputs = signature(**{name: to_tensor(tensor) for name, tensor in request["inputs"].items()})
    return {"outputs": {name: from_tensor(tensor) for name, tensor in outputs.items()}}


print(json.dumps({"outputs": {}}), flush=True)
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception:
        reply = {"error": traceback.format_exc(limit=1)[-3000:]}
    print(json.dumps(reply), flush=True)
