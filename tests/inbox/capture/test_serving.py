"""What all captured carriers share: which errors they word, and what is kept of a request."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import OperationalError

from inbox.api import threads
from inbox.api.problems import Code, Problem
from inbox.capture.requests import CarrierRequest, Unreadable
from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded, Poisoned
from inbox.sandbox import messages
from numbers.models import Lease
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN

FORM = {"To": TO, "From": FROM, "Body": "hi"}


def raising(error: Exception) -> Callable[..., Any]:
    """A function that fails."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def request(body: bytes, query: str = "", **headers: str) -> CarrierRequest:
    """A request whose parameter `secret` proves who asks."""
    return CarrierRequest("POST", "/capture/x", {}, True, query, headers, body, hidden=["secret"])


async def test_a_database_that_is_away_is_the_carriers_own_503(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    monkeypatch.setattr(messages, "keep", raising(OperationalError("away")))
    answer = await site.post(MESSAGES, data=FORM, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, 20503, "5")
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("code", "status", "told"), [(Code.TOO_MANY_REQUESTS, 429, 20429), (Code.UNAVAILABLE, 503, 20503)]
)
async def test_who_asks_too_much_is_told_when_to_come_back(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, code: Code, status: int, told: int
) -> None:
    monkeypatch.setattr(threads, "in_turn", raising(Problem(code)))
    answer = await site.get(MESSAGES, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (status, told, "5")


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A number of ours with a public page."""
    return make_lease(account=make_account(carrier="simulated", secrets={"signing_key": "x", "books": "y"}))


@pytest.mark.parametrize(
    ("error", "status", "told"), [(Poisoned("no"), 400, 21619), (Overloaded("full"), 503, 20503)]
)
async def test_what_our_inbox_does_not_take_is_not_kept_either(
    site: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    sql: Sql,
    lease: Lease,
    error: Exception,
    status: int,
    told: int,
) -> None:
    monkeypatch.setattr(intake, "accept", raising(error))
    answer = await site.post(MESSAGES, data={**FORM, "To": "+15005550006"}, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (status, told)
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


def test_what_is_kept_of_a_request_proves_nobodys_identity() -> None:
    form = request(b"secret=abc&to=1&secret=d%26f", "secret=abc&x=secret", authorization="Basic abc")
    assert form.describe() == {
        "method": "POST",
        "path": "/capture/x?secret=***&x=secret",
        "headers": {},
        "body": "secret=***&to=1&secret=***",
    }
    json = request(rb'{"a": {"secret" : "ab\"c"}, "text": "secret"}', accept="application/json")
    assert json.describe()["body"] == '{"a": {"secret" : "***"}, "text": "secret"}'
    assert json.describe()["headers"] == {"accept": "application/json"}
    assert request(b"a=\0\xff").describe()["body"] == "a=\ufffd\ufffd"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"a": "\\u0000"}', b'{"a": [{"\\u0000": 1}]}', b'{"a": "\xff"}']
)
def test_json_that_cannot_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        request(body).json  # noqa: B018


def test_forms_are_read_within_bounds() -> None:
    assert request(b"a=1&a=2&b=").form == {"a": ["1", "2"], "b": [""]}
    for body in (b"a=%FF", b"\xff", b"&".join([b"a=1"] * 201)):
        with pytest.raises(Unreadable):
            request(body).form  # noqa: B018
    with pytest.raises(Unreadable):
        request(b"", "a=%FF").query  # noqa: B018


def test_logins_are_read_by_their_scheme() -> None:
    assert request(b"", authorization="bearer  abc").token("Bearer") == "abc"
    assert request(b"", authorization="Basic YTpiOmM=").basic_login == ("a", "b:c")
    for header in ("", "Basic", "Basic !", "Bearer YTpiOmM=", "Basic AGE6Yg==", "Basic \xe4"):
        assert request(b"", authorization=header).basic_login == ("", "")
