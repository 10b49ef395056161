"""One running instance for the tests that leave it as it was, and numbers in it for those of clients."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

NUMBER = "+15005550006"
PRIVATE = [f"+61491570{n}" for n in range(101, 111)]  # a rented one cools down; no other here is Australian
SHARED = "+15005550063"
SCOPES = ("numbers:read", "rentals", "messages:read")


@pytest.fixture(scope="package")
def instance() -> Iterator[Instance]:
    """On uvicorn, with real processes all the way."""
    with Instance() as running:
        yield running


@pytest.fixture(scope="package", params=["uvicorn", "daphne"])
def served(request: pytest.FixtureRequest, instance: Instance) -> Iterator[tuple[Instance, str]]:
    """An instance on either server with a public number, and its webhook address."""
    with nullcontext(instance) if request.param == "uvicorn" else Instance(server=request.param) as running:
        account = running.account("twilio", "servers", NUMBER, auth_token=TOKEN)
        yield running, account["webhook_url"]


@pytest.fixture(scope="package")
def send(instance: Instance) -> Iterator[str]:
    """The address of a carrier: it sends `Body` to the number `To`, each signed anew."""
    account = instance.account("twilio", "clients", *PRIVATE, public=False, auth_token=TOKEN)
    instance.adopt(account["id"], SHARED)

    class Carrier(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query))
            post = signed(account["webhook_url"], form(asked["Body"], MessageSid=sid(), To=asked["To"]))
            status = httpx.post(post.url, content=post.body, headers=post.headers).status_code
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="package")
def key(instance: Instance) -> str:
    """A key with the scopes that the README names."""
    scopes = [item for scope in SCOPES for item in ("--scope", scope)]
    return instance.manage("apikey", "create", "--name", "clients", *scopes).strip()
