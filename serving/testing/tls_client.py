"""Asks the health service over TLS. usage: tls_client.py ADDRESS CA_FILE [KEY_FILE CERTIFICATE_FILE]; prints the status or the code."""

import sys

import grpc

authority, *shown = [open(name, "rb").read() for name in sys.argv[2:]]
channel = grpc.secure_channel(sys.argv[1], grpc.ssl_channel_credentials(authority, *shown))
check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda request: request, lambda answer: answer)
try:
    print({1: "SERVING", 2: "NOT_SERVING"}[check(b"", timeout=60)[1]])
except grpc.RpcError as error:
    print(error.code().name)
