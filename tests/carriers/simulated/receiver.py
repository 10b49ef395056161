"""A webhook on loopback that messages of the simulated carrier are posted to."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound
from tests.carriers.simulated.buying import SIMULATED


class Receiver(ThreadingHTTPServer):
    """A webhook on loopback that checks what comes as we would, and answers as it is told to."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, api: carriers.Api) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api
        self.answers: list[int] = []
        self.seen: list[Inbound] = []
        self.refused = 0
        self.url = f"http://127.0.0.1:{self.server_port}/webhooks/simulated/k/"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = Request("POST", self.server.url, dict(self.headers), body)
        SIMULATED.verify(request, self.server.api.secrets, time.time())
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status == 204:
            self.server.seen += [event for event in SIMULATED.parse(request) if isinstance(event, Inbound)]
        else:
            self.server.refused += 1
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
