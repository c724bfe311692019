"""Prints logged requests, one JSON object a record, as TensorFlow and its serving API read them. usage: read_request_log.py FILE..."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2


def tensors(values):
    return {name: tf.make_ndarray(value).tolist() for name, value in values.items()}


for record in tf.data.TFRecordDataset(sys.argv[1:]):
    log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
    kind = log.WhichOneof("log_type")
    spec, call = log.log_metadata.model_spec, getattr(log, kind)
    shown = {"kind": kind, "model": spec.name, "version": spec.version.value, "signature": spec.signature_name,
             "rate": log.log_metadata.sampling_config.sampling_rate, "tags": list(log.log_metadata.saved_model_tags)}
    if kind == "predict_log":
        shown |= {"inputs": tensors(call.request.inputs), "outputs": tensors(call.response.outputs)}
    elif kind != "multi_inference_log":
        examples = call.request.input.example_list.examples
        result = call.response.result
        shown |= {"x": [list(e.features.feature["x"].float_list.value) for e in examples]}
        if kind == "regress_log":
            shown |= {"values": [r.value for r in result.regressions]}
        else:
            shown |= {"labels": [[c.label for c in one.classes] for one in result.classifications]}
    print(json.dumps(shown))
