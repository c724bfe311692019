"""Large tensors over HTTP: a PredictRequest as the body. usage: protobuf_over_http.py URL; prints "ok"."""

import os
import sys
import urllib.error
import urllib.request

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2


def predict(model, inputs, signature=""):
    request = predict_pb2.PredictRequest(inputs={name: tf.make_tensor_proto(value) for name, value in inputs.items()})
    request.model_spec.signature_name = signature
    url = f"{sys.argv[1]}/v1/models/{model}:predict"
    headers = {"Content-Type": "application/x-protobuf"}
    sent = urllib.request.Request(url, request.SerializeToString(), headers)
    with urllib.request.urlopen(sent) as answer:
        assert answer.headers["content-type"] == "application/x-protobuf"
        return predict_pb2.PredictResponse.FromString(answer.read())


large = np.random.default_rng(0).random((1500, 1000), np.float32)
answer = predict("identity/versions/1", {"x": large}, "float32")
assert answer.outputs["y"].tensor_content and (tf.make_ndarray(answer.outputs["y"]) == large).all()
assert answer.model_spec.name == "identity" and answer.model_spec.version.value == 1
texts = np.array(["a", b"\xff"], dtype=object)
assert tf.make_ndarray(predict("identity", {"x": texts}, "string").outputs["y"]).tolist() == [b"a", b"\xff"]
try:
    predict("none", {"x": large})
except urllib.error.HTTPError as error:
    assert error.code == 404 and b"Servable not found" in error.read()
else:
    raise AssertionError("a model that is not there answered")
print("ok")
