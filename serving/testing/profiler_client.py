"""Captures a profile as TensorBoard does, while the model is asked. usage: profiler_client.py GRPC_ADDRESS FOLDER; prints "ok"."""

import glob
import os
import sys
import threading

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import grpc
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

address, folder = sys.argv[1:]
prediction = prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(address))
request = predict_pb2.PredictRequest(inputs={"x": tf.make_tensor_proto([1.0])})
# A model that nobody has asked yet: TensorFlow leaves ops out of a profile that it has learned, in a hundred runs or so, to be cheap.
request.model_spec.name = "saved_model_half_plus_three"
done = threading.Event()


def keep_asking():
    while not done.wait(0.05):
        prediction.Predict(request, timeout=60)


asking = threading.Thread(target=keep_asking)
asking.start()
try:
    tf.profiler.experimental.client.trace(f"grpc://{address}", folder, 1000)
finally:
    done.set()
    asking.join()


def events_of(path):
    with open(path, "rb") as opened:
        space = xplane_pb2.XSpace.FromString(opened.read())
    return {event.name for plane in space.planes for event in plane.event_metadata.values()}


# One file for each process that runs models, a host each in TensorBoard.
files = {path: events_of(path) for path in glob.glob(f"{folder}/plugins/profile/*/*.xplane.pb")}
asked = [path for path, events in files.items() if "SessionRun" in events]
assert len(asked) == 1 and any(name.endswith("add:AddV2") for name in files[asked[0]]), files
print(len(files), os.path.basename(asked[0]))
print("ok")
