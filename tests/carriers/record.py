"""Record what real gateways call us with: `python -m tests.carriers.record kannel`, or `jasmin /path/to/its/venv`.

Every case of gateway_cases.py goes through a running gateway, then messages are sent through it, for their
receipts. The requests that come are written to recordings/, a line each, without the token.
"""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import httpx

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from numbers import carriers
from numbers.carriers.messages import Outgoing
from tests.carriers.gateway_cases import CASES, RECIPIENT, SENDER
from tests.carriers.jasmin import Jasmin
from tests.carriers.kannel import LOGIN, PASSWORD, Kannel, shown_groups
from tests.carriers.smsc import HEADER_IN_TEXT, Short, Smsc

FOLDER = Path(__file__).parent / "recordings"
TOKEN = "recorded-token"
_QUIET = 2.0  # seconds without a request: nothing more comes


class Recorder:
    """A web server that takes everything. `answer` is what the gateway waits for."""

    def __init__(self, answer: bytes) -> None:
        self.heard: Queue[dict[str, Any]] = Queue()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path, _, query = self.path.partition("?")
                told = {"method": self.command, "path": path, "query": query, "body": body.decode("latin-1")}
                kept = {name.lower(): value for name, value in self.headers.items()}
                recorder.heard.put({**told, "headers": {n: v for n, v in kept.items() if n != "host"}})
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/"

    def drain(self, patience: float = 20.0) -> Iterator[dict[str, Any]]:
        """What came, until it is quiet."""
        while True:
            try:
                yield self.heard.get(timeout=patience)
            except Exception:  # queue.Empty
                return
            patience = _QUIET

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def smpp_group(smsc: Smsc) -> dict[str, object]:
    """Kannel's group for our message centre."""
    login = {"smsc-username": "u", "smsc-password": "p", "system-type": '""', "transceiver-mode": "true"}
    return {"smsc": "smpp", "host": "127.0.0.1", "port": smsc.port, **login}


@contextmanager
def gateway(name: str, smsc: Smsc, url: str, method: str, venv: Path | None) -> Iterator[Kannel | Jasmin]:
    """The gateway, bound to the centre."""
    if name == "jasmin":
        assert venv, "where is its virtual environment?"
        running: Kannel | Jasmin = Jasmin(venv, url, TOKEN, smsc.port, method)
    else:
        # the same address without %b: a post-url brings the text in the body
        post = shown_groups()[2]["get-url"].replace("&raw=%b", "")
        changes = {"sms-service": {"get-url": "", "post-url": post}} if method == "POST" else {}
        running = Kannel(url, TOKEN, smpp_group(smsc), changes)
    with running:
        assert smsc.bound.wait(30), running.log()
        yield running


def record(name: str, method: str, venv: Path | None) -> list[dict[str, Any]]:
    """All cases, then receipts."""
    found: list[dict[str, Any]] = []
    recorder = Recorder(carriers.get(name).answer("inbound").body)
    with Smsc() as smsc, gateway(name, smsc, recorder.url, method, venv) as running:
        for case in CASES:
            for piece in case.pieces:
                esm_class = HEADER_IN_TEXT if case.stated else 0
                status = smsc.deliver(Short(SENDER, RECIPIENT, piece, case.coding, esm_class))
                assert status == 0, case.name
            found += [{"case": case.name, **heard} for heard in recorder.drain()]
        login = {"token": TOKEN, "base_url": running.base_url, "username": LOGIN, "password": _password(name)}
        with httpx.Client() as http:
            for smsc.fate in ("DELIVRD", "UNDELIV"):
                message = Outgoing(RECIPIENT, SENDER, "Hello", status_url=recorder.url + "status/")
                sent = carriers.connect(name, login, http).send(message)
                found += [{"receipt": smsc.fate, "ref": sent.ref, **heard} for heard in recorder.drain()]
    recorder.close()
    return found


def _password(name: str) -> str:
    return PASSWORD[:8] if name == "jasmin" else PASSWORD  # Jasmin takes no longer ones


def main(name: str, venv: Path | None = None) -> None:
    """Record and write."""
    FOLDER.mkdir(exist_ok=True)
    lines = [line for method in ("GET", "POST") for line in record(name, method, venv)]
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    (FOLDER / f"{name}.jsonl").write_text(re.sub(f"token={TOKEN}&?", "", text))
    print(f"{len(lines)} requests")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:3]))
