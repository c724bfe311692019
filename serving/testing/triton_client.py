"""Triton's own client, over HTTP and gRPC, against a server. usage: triton_client.py HTTP_HOST:PORT GRPC_ADDRESS; prints "ok"."""

import queue
import sys

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

HALF = "saved_model_half_plus_two_cpu"
rest = tritonclient.http.InferenceServerClient(sys.argv[1], network_timeout=60)
grpc = tritonclient.grpc.InferenceServerClient(sys.argv[2])

# dtype: the protocol's name, and the signature of "identity"
DTYPES = {"float32": "FP32", "float64": "FP64", "float16": "FP16", "int8": "INT8", "int16": "INT16", "int32": "INT32",
          "int64": "INT64", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "bool": "BOOL"}


def values_of(name):
    if name == "bool":
        return np.array([[True, False, True]])
    if name.startswith("float"):
        return np.array([[0.5, -2, 100]], name)
    info = np.iinfo(name)
    return np.array([[info.min, info.max, 7]], name)


def ask(client, module, values, datatype, signature="", model=HALF, binary=None, binary_answer=None, **options):
    tensor = module.InferInput("x", list(values.shape), datatype)
    tensor.set_data_from_numpy(values, **({} if binary is None else {"binary_data": binary}))
    output = module.InferRequestedOutput("y", **({} if binary_answer is None else {"binary_data": binary_answer}))
    parameters = {"signature_name": signature} if signature else None
    answer = client.infer(model, [tensor], outputs=[output], parameters=parameters, request_id="7", **options)
    return answer.as_numpy("y")


def refused(call, text):
    try:
        call()
    except InferenceServerException as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"no error; wanted {text}")


for name, datatype in DTYPES.items():
    values = values_of(name)
    signature = "float16" if name == "float16" else name
    got = ask(grpc, tritonclient.grpc, values, datatype, signature, "identity")
    assert got.dtype == values.dtype and (got == values).all(), (name, got)
    for binary in (True, False):
        for binary_answer in (True, False):
            if name == "float16" and not binary:
                continue  # FP16 has no JSON form
            got = ask(rest, tritonclient.http, values, datatype, signature, "identity", binary, binary_answer)
            assert got.dtype == values.dtype and (got == values).all(), (name, binary, binary_answer, got)

texts = np.array([["".encode(), b"\xff\x00"], ["ä".encode(), b"abc"]], dtype=object)
assert (ask(grpc, tritonclient.grpc, texts, "BYTES", "string", "identity") == texts).all()
assert (ask(rest, tritonclient.http, texts, "BYTES", "string", "identity", True, True) == texts).all()

two = np.array([1, 2], np.float32)
large = np.random.default_rng(0).random((1500, 1000), np.float32)
assert (ask(rest, tritonclient.http, large, "FP32", "float32", "identity") == large).all()
for encoding in ("gzip", "deflate"):
    both = {"request_compression_algorithm": encoding, "response_compression_algorithm": encoding}
    repeated = np.ones(5000, np.float32)
    assert (ask(rest, tritonclient.http, repeated, "FP32", **both) == 2.5).all(), encoding

for client, module in ((rest, tritonclient.http), (grpc, tritonclient.grpc)):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(HALF) and client.is_model_ready(HALF, "123") and not client.is_model_ready("none")
    assert ask(client, module, two, "FP32", model_version="123").tolist() == [2.5, 3]
    refused(lambda: ask(client, module, two, "FP32", model="none"), "Servable not found for request: Latest(none)")
    refused(lambda: ask(client, module, two.astype(np.int32), "INT32"), "to be float but int32 is provided")
    refused(lambda: client.load_model(HALF), "as their folders and the configuration say")

metadata = rest.get_model_metadata(HALF)
assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1]}], metadata
assert grpc.get_model_metadata(HALF, as_json=True)["versions"] == ["123"]
config = grpc.get_model_config(HALF).config
assert config.input[0].name == "x" and config.platform == "tensorflow_savedmodel" and config.max_batch_size == 0
assert [(group.kind, group.count) for group in config.instance_group] == [(0, 1)]
assert rest.get_model_config(HALF)["output"] == [{"name": "y", "data_type": "TYPE_FP32", "dims": [-1]}]
assert {"name": HALF, "version": "123", "state": "READY", "reason": ""} in rest.get_model_repository_index()
assert HALF in [model.name for model in grpc.get_model_repository_index().models]

answers = queue.Queue()
grpc.start_stream(lambda result, error: answers.put((result, error)))
for values in (two, two.astype(np.int32), two + 1):
    tensor = tritonclient.grpc.InferInput("x", [2], "FP32" if values.dtype == np.float32 else "INT32")
    tensor.set_data_from_numpy(values)
    grpc.async_stream_infer(HALF, [tensor])
streamed = [answers.get(timeout=60) for _ in range(3)]
assert [result and result.as_numpy("y").tolist() for result, _ in streamed] == [[2.5, 3], None, [3, 3.5]], streamed
assert "to be float" in str(streamed[1][1]), streamed
grpc.stop_stream()
rest.close()
print("ok")
