# SPDX-License-Identifier: Apache-2.0
"""A node that is only an API: it gives the answers a test scripts, for situations that real nodes reach only after hours."""
import http.server
import json
import struct
import threading

HEADER_BYTES = 128
SIGNATURE_BYTES = 64


class Transaction:
    """The fields of posted bytes that the tests look at, read by the documented layout alone."""

    def __init__(self, data):
        self.data = data
        (self.valid_until,) = struct.unpack_from("<Q", data, 80)
        self.payload = data[HEADER_BYTES:-SIGNATURE_BYTES]


class FakeNode:
    """`on_post(transaction)` and `on_get(path)` return (status, object); by default everything is accepted and final at once."""

    def __init__(self, height=0):
        self.height = height
        self.posted = []
        self.asked = []
        self.on_post = lambda transaction: (202, {"state": "pending"})
        self.on_get = lambda path: (200, {"state": "final", "height": self.height})
        self.status = {"network_id": "ab" * 32, "max_block_bytes": 65536}
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                text = json.dumps({"finalized_height": node.height, "indexed_height": node.height, **body}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                if self.path == "/v1/status":
                    return self.answer(200, node.status)
                node.asked.append(self.path)
                return self.answer(*node.on_get(self.path))

            def do_POST(self):
                transaction = Transaction(self.rfile.read(int(self.headers["Content-Length"])))
                node.posted.append(transaction)
                return self.answer(*node.on_post(transaction))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.api = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def problem(status, code):
    return status, {"title": code, "status": status, "code": code, "detail": f"detail of {code}"}
