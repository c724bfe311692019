"""A client that knows no .proto file: it learns the services from the server. usage: reflection_client.py ADDRESS; prints "ok"."""

import sys

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

channel = grpc.insecure_channel(sys.argv[1])
database = ProtoReflectionDescriptorDatabase(channel)
pool = DescriptorPool(database)


def call(service, method, request):
    """As grpcurl does: JSON in, JSON out."""
    found = pool.FindServiceByName(service).methods_by_name[method]
    request_class = message_factory.GetMessageClass(found.input_type)
    response_class = message_factory.GetMessageClass(found.output_type)
    stub = channel.unary_unary(f"/{service}/{method}", request_class.SerializeToString, response_class.FromString)
    answer = stub(json_format.ParseDict(request, request_class(), descriptor_pool=pool), timeout=60)
    return json_format.MessageToDict(answer, descriptor_pool=pool)


services = set(database.get_services())
expected = {"tensorflow.serving.PredictionService", "tensorflow.serving.ModelService", "inference.GRPCInferenceService",
            "grpc.health.v1.Health"}
assert expected <= services, services
HALF = "saved_model_half_plus_two_cpu"
x = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": 2}]}, "floatVal": [1, 2]}
answer = call("tensorflow.serving.PredictionService", "Predict", {"modelSpec": {"name": HALF}, "inputs": {"x": x}})
assert answer["outputs"]["y"]["floatVal"] == [2.5, 3], answer
assert answer["modelSpec"] == {"name": HALF, "version": "123", "signatureName": "serving_default"}, answer
assert call("grpc.health.v1.Health", "Check", {}) == {"status": "SERVING"}
status = call("tensorflow.serving.ModelService", "GetModelStatus", {"modelSpec": {"name": HALF}})
assert status["modelVersionStatus"][0]["state"] == "AVAILABLE", status
assert call("inference.GRPCInferenceService", "ModelReady", {"name": HALF}) == {"ready": True}
print("ok")
