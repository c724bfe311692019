"""What gRPC's own C++ core (as grpcio) wants of a server. usage: grpc_client.py ADDRESS; prints "ok"."""

import sys
import threading

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

HALF = "saved_model_half_plus_two_cpu"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
channel = grpc.insecure_channel(sys.argv[1], UNLIMITED)
stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)


def request(values, model=HALF, signature=""):
    made = predict_pb2.PredictRequest()
    made.model_spec.name = model
    made.model_spec.signature_name = signature
    made.inputs["x"].CopyFrom(tf.make_tensor_proto(values))
    return made


def predict(values, on=stub, **options):
    return tf.make_ndarray(on.Predict(request(np.array(values, np.float32)), timeout=60, **options).outputs["y"])


def fails(code, call, text=""):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code and text in error.details(), error
    else:
        raise AssertionError(f"no error; wanted {code}")


# Messages compressed, by channel and by call, and metadata of both kinds.
for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
    assert predict([1, 2], compression=compression).tolist() == [2.5, 3]
    with grpc.insecure_channel(sys.argv[1], compression=compression) as compressed:
        assert predict([2] * 5000, on=prediction_service_pb2_grpc.PredictionServiceStub(compressed)).tolist() == [3] * 5000
assert predict([2], metadata=[("a", "1"), ("b-bin", bytes(range(256)))]).tolist() == [3]

# Messages far larger than any window, both ways at once.
large = np.random.default_rng(0).random((5_000_000,), np.float32)
asked = [stub.Predict.future(request(large + i, "identity", "float32"), timeout=120) for i in range(2)]
for i, future in enumerate(asked):
    assert (tf.make_ndarray(future.result().outputs["y"]) == large + i).all()

# Statuses: with words that headers cannot carry, of methods and services that are not there, and of time.
fails(grpc.StatusCode.NOT_FOUND, lambda: stub.Predict(request([1.0], "nö, 100 %"), timeout=60), "nö, 100 %")
for path in ("/tensorflow.serving.PredictionService/Nothing", "/no.Service/Nothing"):
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary(path)(b"", timeout=60), path)
fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=0.2)))
fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: channel.unary_unary("/tensorflow.serving.PredictionService/Predict")(b"\xff"))

# A stream of answers: the first at once, none after it is cancelled; one without messages.
watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
assert next(watch) == b"\x08\x01"
watch.cancel()
fails(grpc.StatusCode.CANCELLED, lambda: next(watch))
assert list(channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer")(iter([]), timeout=60)) == []

# Many calls at once on one connection, some of them given up.
answers = [stub.Predict.future(request([float(i)]), timeout=60) for i in range(3000)]
for future in answers[::10]:
    future.cancel()
for i, future in enumerate(answers):
    if i % 10 != 0:
        assert tf.make_ndarray(future.result().outputs["y"])[0] == i / 2 + 2

# Keepalive pings, many times more often than is polite.
options = [("grpc.keepalive_time_ms", 1000), ("grpc.keepalive_permit_without_calls", 1)]
with grpc.insecure_channel(sys.argv[1], options) as pinging:
    assert predict([1], on=prediction_service_pb2_grpc.PredictionServiceStub(pinging)).tolist() == [2.5]

# Several connections, threads of their own.
failed = []


def ask_often():
    with grpc.insecure_channel(sys.argv[1], [("grpc.use_local_subchannel_pool", 1)]) as own:
        mine = prediction_service_pb2_grpc.PredictionServiceStub(own)
        for i in range(50):
            if predict([i, i + 1], on=mine).tolist() != [i / 2 + 2, (i + 1) / 2 + 2]:
                failed.append(i)


threads = [threading.Thread(target=ask_often) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert failed == [], failed
print("ok")
