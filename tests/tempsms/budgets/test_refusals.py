"""Who asks too much is told when to come again, others are not concerned, and a storm leaves room."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from numbers.models import Lease
from tempsms.lib import budgets, turns
from tempsms.lib.asgi import Receive, Scope, Send, respond
from tempsms.middleware import budgets as middleware
from tests.factories import make_lease
from tests.tempsms.budgets.small import PAGE, few


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A public number."""
    return make_lease()


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("PAGE", "GET", PAGE),
        ("SEARCH", "GET", f"{PAGE}?q=code"),
        ("POLL", "GET", f"{PAGE}poll/"),
        ("REPORT", "POST", f"{PAGE}report/"),
        ("LIVE", "GET", "/sse/numbers/999/"),
        ("LOGIN", "POST", "/admin/login/"),
        ("ADMIN", "GET", "/admin/login/"),
        ("CAPTURE", "POST", "/capture/twilio/2010-04-01/Accounts/AC1/Messages.json"),
        ("STATIC", "GET", "/static/nothing.css"),
    ],
)
async def test_who_asks_too_much_is_told_when_to_come_again(
    lease: Lease, site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, name: str, method: str, path: str
) -> None:
    few(monkeypatch, name, 2)
    answers = [await site.request(method, path) for _ in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True, True]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert (
        answers[-1].text == f"too many requests: try again in {answers[-1].headers['retry-after']} seconds\n"
    )


async def test_others_and_webhooks_are_not_concerned(
    lease: Lease, site: httpx.AsyncClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    few(monkeypatch, "PAGE", 1)
    mine, other = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "198.51.100.9:443"}
    assert (await site.get(PAGE, headers=mine)).status_code == 200
    assert (await site.get(PAGE, headers={"X-Forwarded-For": "192.0.2.8:50000"})).status_code == 429
    assert (await site.get(PAGE, headers=other)).status_code == 200
    for _ in range(3):
        assert (await site.post("/webhooks/twilio/nobody/", headers=mine)).status_code == 404


async def test_limits_can_be_lifted_for_load_tests(
    lease: Lease, site: httpx.AsyncClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VISITOR_LIMITS = False
    settings.SOCKETS_PER_VISITOR = 1
    few(monkeypatch, "PAGE", 1)
    assert [(await site.get(PAGE)).status_code for _ in range(3)] == [200] * 3


async def test_a_refused_socket_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "LIVE", 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {"type": "websocket", "path": "/ws/x", "query_string": b"", "headers": []}
    scope["client"] = ("192.0.2.1", 1)
    told = {**scope, "extensions": {"websocket.http.response": {}}}
    for asked in (scope, told, scope):
        await middleware.within_budgets(app)(asked, _receive, send)
    await budgets.close()
    kinds = [(message["type"], message.get("status")) for message in sent]
    assert kinds[:2] == [("websocket.accept", None), ("websocket.http.response.start", 429)]
    assert kinds[-1] == ("websocket.close", None)


async def _receive() -> Any:
    return {"type": "websocket.connect"}


async def test_a_storm_of_searches_is_worked_on_one_by_one_and_leaves_room(
    counting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "PAUSE", 0.01)
    monkeypatch.setattr(middleware, "WAITS", 60.0)
    monkeypatch.setattr(middleware, "SEARCHES_WAIT", 60.0)
    monkeypatch.setattr(turns, "LONGEST_REST", 0.02)
    running = most = 0

    async def search(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await respond(send, 200)

    statuses: Counter[int] = Counter()

    async def send(message: Any) -> None:
        if "status" in message:
            statuses[message["status"]] += 1

    def asked(client: str) -> Scope:
        where = {"path": PAGE, "query_string": b"q=x", "headers": [], "client": (client, 1)}
        return {"type": "http", "method": "GET", **where}

    app = middleware.within_budgets(search)
    await asyncio.gather(*(app(asked("192.0.2.1"), _receive, send) for _ in range(16)))
    assert (most, statuses) == (1, {200: 16})
    await asyncio.gather(*(app(asked(f"192.0.{n}.1"), _receive, send) for n in range(16)))
    assert (most, statuses) == (middleware.SEARCHES, {200: 32})
