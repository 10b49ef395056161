"""What we ask of carriers is what their official specifications allow: Prism answers for them and checks each request.

Prism (npm @stoplight/prism-cli) runs on loopback with the excerpts in tests/carriers/specs. It is stateless: it proves
requests, not what becomes of them, and its answers are examples, so adapters may find them strange.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from numbers import carriers
from numbers.carriers.errors import CarrierError
from numbers.carriers.leasing import Kind, NumberQuery, Offer
from numbers.carriers.messages import Outgoing
from tempsms import ROOT
from tests.processes import started
from tests.rig import free_port
from tests.waiting import wait_for_port

PRISM = ROOT / "node_modules/.bin/prism"
WHY = "node and `npm install --no-save @stoplight/prism-cli@5.14.2` are needed"
pytestmark = [
    pytest.mark.skipif(not (PRISM.exists() and shutil.which("node")), reason=WHY),
    pytest.mark.xdist_group("prism"),
]

URL = "https://sms.example/webhooks/carrier/key/"
STATUS = URL + "status/"
FILES = ("https://a.example/1", "https://a.example/2")  # Prism takes one alone for no list
SID, ACCOUNT = "PN" + "b" * 32, "AC" + "a" * 32
OFFER = Offer("+14155550100", "US", Kind.LOCAL, frozenset({"sms"}), Decimal(1))
SINCE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Call = Callable[[carriers.Api], object]

# the carrier, the excerpt that answers, the host it answers for, and the path's part that the excerpt leaves out
CASES: list[tuple[str, str, str, str, Call]] = [
    ("twilio", "twilio", "api.twilio.com", "", lambda api: api.search(NumberQuery("US", contains="415*"))),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: api.search(NumberQuery("GB", Kind.MOBILE))),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: api.buy(OFFER, URL)),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: api.configure(SID, URL)),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: api.release(SID)),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: list(api.owned())),
    ("twilio", "twilio", "api.twilio.com", "", lambda api: list(api.messages(SINCE))),
    (
        "twilio",
        "twilio",
        "api.twilio.com",
        "",
        lambda api: api.send(
            Outgoing(
                "+15005550006",
                "+14155550100",
                "Hi & bye",
                ("https://a.example/1", "https://a.example/2"),
                STATUS,
            ),
        ),
    ),
    (
        "twilio",
        "twilio_pricing",
        "pricing.twilio.com",
        "",
        lambda api: api.list_price("US", Kind.LOCAL),
    ),
    (
        "vonage",
        "vonage_numbers",
        "rest.nexmo.com",
        "",
        lambda api: api.search(NumberQuery("GB", Kind.MOBILE, contains="77")),
    ),
    ("vonage", "vonage_numbers", "rest.nexmo.com", "", lambda api: api.buy(OFFER, URL)),
    ("vonage", "vonage_numbers", "rest.nexmo.com", "", lambda api: api.release("US:14155550100")),
    ("vonage", "vonage_numbers", "rest.nexmo.com", "", lambda api: list(api.owned())),
    (
        "vonage",
        "vonage_sms",
        "rest.nexmo.com",
        "/sms",
        lambda api: api.send(Outgoing("+15005550006", "+14155550100", "Привет", status_url=STATUS)),
    ),
    (
        "bandwidth",
        "bandwidth",
        "messaging.bandwidth.com",
        "/api/v2",
        lambda api: api.send(Outgoing("+12345678902", "+12345678901", "Hi", ("https://a.example/1",))),
    ),
    ("smsgate", "smsgate", "api.sms-gate.app", "", lambda api: api.configure("PyDmBQZZXYmyxMwED8Fzy", URL)),
    (
        "smsgate",
        "smsgate",
        "api.sms-gate.app",
        "",
        lambda api: api.send(Outgoing("", "+14155550100", "Hi", status_url=STATUS)),
    ),
]
SECRETS = {
    "account_sid": ACCOUNT,
    "auth_token": "t",
    "account_id": "9900000",
    "application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
    "api_username": "u",
    "api_password": "p",
    "username": "u",
    "password": "p",
}
VONAGE = {"api_key": "abcd1234", "api_secret": "s3cret12"}


@contextmanager
def prism(spec: str, folder: Path) -> Iterator[str]:
    """A running Prism for one excerpt; its address."""
    port = free_port()
    log = (folder / f"{spec}.log").open("wb")
    excerpt = ROOT / f"tests/carriers/specs/{spec}.json"
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), str(excerpt)]
    with log, started(command, stdout=log, stderr=log) as process:
        wait_for_port(port, process, (folder / f"{spec}.log").read_text, 60)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def mocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Addresses of the mocks, each started when it is first needed."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        known: dict[str, str] = {}

        def address(spec: str) -> str:
            if spec not in known:
                known[spec] = stack.enter_context(prism(spec, tmp_path_factory.mktemp("prism")))
            return known[spec]

        yield address


class Loopback(httpx.BaseTransport):
    """Sends what is meant for one host to the mock instead; nothing else leaves."""

    def __init__(self, host: str, prefix: str, mock: str) -> None:
        self.host, self.prefix, self.mock = host, prefix, httpx.URL(mock)
        self.inner = httpx.HTTPTransport()
        self.seen: list[tuple[str, httpx.Response]] = []

    def close(self) -> None:
        """Let go of the connections."""
        self.inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Forward it."""
        if request.url.host != self.host:
            raise httpx.ConnectError("not this one", request=request)
        path = request.url.raw_path.removeprefix(self.prefix.encode())
        request.url = self.mock.copy_with(raw_path=path)
        answer = self.inner.handle_request(request)
        answer.read()
        self.seen.append((f"{request.method} {path.decode()}", answer))
        return answer


@pytest.mark.parametrize(
    ("name", "spec", "host", "prefix", "call"), CASES, ids=lambda item: item if isinstance(item, str) else ""
)
def test_each_request_is_what_the_specification_allows(
    mocks: Callable[[str], str], name: str, spec: str, host: str, prefix: str, call: Call
) -> None:
    transport = Loopback(host, prefix, mocks(spec))
    with httpx.Client(transport=transport) as http, suppress(CarrierError):
        call(carriers.connect(name, {**SECRETS, **(VONAGE if name == "vonage" else {})}, http))
    assert transport.seen, "nothing was asked"
    for asked, answer in transport.seen:
        assert answer.is_success, f"{asked}: {answer.status_code} {answer.text[:500]}"
        violations: list[Any] = json.loads(answer.headers.get("sl-violations", "[]"))
        assert [item for item in violations if item["location"][0] == "request"] == [], asked


def test_prism_does_object(mocks: Callable[[str], str]) -> None:
    """Or all of the above would prove nothing."""
    with httpx.Client(base_url=mocks("twilio"), auth=("u", "p")) as http:
        messages = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        assert http.post(messages, data={"From": "+15005550006", "Body": "x"}).status_code == 422, (
            "To is missing"
        )
        assert http.get(f"{messages}?PageSize=5000").status_code == 422
        assert http.get("/2010-04-01/Accounts/AC1/Messages.json").status_code == 422
