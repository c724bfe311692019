"""The official client against a server. usage: official_client.py ADDRESS [CA_FILE]; prints "ok" at the end."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, inference_pb2, model_management_pb2,
    model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc, regression_pb2,
)

options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
if len(sys.argv) > 2:
    credentials = grpc.ssl_channel_credentials(open(sys.argv[2], "rb").read())
    channel = grpc.secure_channel(sys.argv[1], credentials, options)
else:
    channel = grpc.insecure_channel(sys.argv[1], options)
prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
models = model_service_pb2_grpc.ModelServiceStub(channel)
TIMEOUT = 120


def predict(model, inputs, signature="", **fields):
    request = predict_pb2.PredictRequest(**fields)
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(value)
    return prediction.Predict(request, timeout=TIMEOUT)


def refused(call, code, text):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, (error.code(), error.details())
        assert text in error.details(), error.details()
    else:
        raise AssertionError(f"no error; wanted {code}")


def values_of(dtype):
    if dtype == tf.string:
        return np.array([[b"", b"\xff\x00"], [b"a", "ä".encode()]], dtype=object)
    if dtype == tf.bool:
        return np.array([[True, False], [False, True]])
    if dtype.is_complex:
        return np.array([[1 + 2j, -0.5j], [0, 3]], dtype.as_numpy_dtype)
    if dtype.is_floating:
        return np.array([[0.5, -2], [65504.0, 0]]).astype(dtype.as_numpy_dtype)
    info = np.iinfo(dtype.as_numpy_dtype)
    return np.array([[info.min, info.max], [0, 7]], dtype.as_numpy_dtype)


DTYPES = ["float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
          "uint64", "bool", "string", "complex64", "complex128"]
for name in DTYPES:
    dtype = tf.dtypes.as_dtype(name)
    for value in (values_of(dtype), values_of(dtype)[0, :1], values_of(dtype)[0, 1]):
        # A whole array goes as tensor_content, a single value in its typed list: both are read.
        sent = tf.make_tensor_proto(value, dtype=dtype)
        got = predict("identity", {"x": sent}, signature=name).outputs["y"]
        back = tf.make_ndarray(got)
        assert not got.tensor_content, name
        assert got.dtype == dtype.as_datatype_enum and back.shape == np.shape(value), (name, got)
        assert (back == np.asarray(value, back.dtype)).all(), (name, back, value)

filled = tf.make_tensor_proto([1.0], dtype=tf.float32, shape=[3])
assert list(predict("saved_model_half_plus_two_cpu", {"x": filled}).outputs["y"].float_val) == [2.5] * 3
large = np.random.default_rng(0).random((4000, 1000), np.float32)
back = tf.make_ndarray(predict("identity", {"x": tf.make_tensor_proto(large)}, signature="float32").outputs["y"])
assert (back == large).all()

mixed = {"number": tf.make_tensor_proto([[1, 2]], tf.int32), "text": tf.make_tensor_proto(["a"])}
answer = predict("mixed", mixed, output_filter=["sum"])
assert list(answer.outputs) == ["sum"] and answer.outputs["sum"].int_val == [3], answer
assert answer.model_spec.version.value == 1 and answer.model_spec.signature_name == "serving_default"
refused(lambda: predict("mixed", mixed, output_filter=["no"]), grpc.StatusCode.INVALID_ARGUMENT, "{sum,text,text_bytes}")
refused(lambda: predict("no", {}), grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(no)")
wrong = {"x": tf.make_tensor_proto(["a"])}
refused(lambda: predict("saved_model_half_plus_two_cpu", wrong), grpc.StatusCode.INVALID_ARGUMENT,
        "to be float but string is provided")


def example(x):
    made = tf.train.Example()
    made.features.feature["x"].float_list.value.append(x)
    return made


HALF = "saved_model_half_plus_two_cpu"
request = regression_pb2.RegressionRequest()
request.model_spec.name, request.model_spec.signature_name = HALF, "regress_x_to_y"
request.input.example_list.examples.extend([example(2.0), example(80.0)])
assert [r.value for r in prediction.Regress(request, timeout=TIMEOUT).result.regressions] == [3.0, 42.0]
request = classification_pb2.ClassificationRequest()
request.model_spec.name, request.model_spec.signature_name = HALF, "labelled"
request.input.example_list_with_context.examples.append(tf.train.Example())
request.input.example_list_with_context.context.CopyFrom(example(2.0))
result = prediction.Classify(request, timeout=TIMEOUT).result.classifications[0]
assert [(c.label, c.score) for c in result.classes] == [("up", 3.0), ("down", -3.0)], result
request = inference_pb2.MultiInferenceRequest()
for signature, method in (("regress_x_to_y", "regress"), ("classify_x_to_y", "classify")):
    task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
    task.model_spec.name, task.model_spec.signature_name = HALF, signature
request.input.example_list.examples.append(example(2.0))
first, second = prediction.MultiInference(request, timeout=TIMEOUT).results
assert first.regression_result.regressions[0].value == 3.0
assert second.classification_result.classifications[0].classes[0].score == 3.0

request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
request.model_spec.name = "mixed"
signatures = get_model_metadata_pb2.SignatureDefMap()
assert prediction.GetModelMetadata(request, timeout=TIMEOUT).metadata["signature_def"].Unpack(signatures)
assert sorted(signatures.signature_def["serving_default"].inputs) == ["number", "text"]

config = model_management_pb2.ReloadConfigRequest()
status = get_model_status_pb2.GetModelStatusRequest()
status.model_spec.name = HALF
[version] = models.GetModelStatus(status, timeout=TIMEOUT).model_version_status
assert version.version == 123 and version.state == get_model_status_pb2.ModelVersionStatus.AVAILABLE
entry = config.config.model_config_list.config.add(name="added", base_path="relative", model_platform="tensorflow")
refused(lambda: models.HandleReloadConfigRequest(config, timeout=TIMEOUT), grpc.StatusCode.INVALID_ARGUMENT,
        "Expected model added to have an absolute path or URI; got base_path()=relative")
print("ok")
