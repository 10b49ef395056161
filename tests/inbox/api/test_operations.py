"""What every operation gets: who asks, what is wrong with a request by name, and an end when its client leaves."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from inbox.api.handler import ApiHandler
from inbox.api.mount import make_api
from inbox.api.operations import needs
from inbox.api.problems import MEDIA_TYPE
from inbox.api.scopes import Scope
from tempsms.lib import postgres
from tests.inbox.api import sample
from tests.inbox.api.conftest import bearer, make_key


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    """Place, field and code of what is wrong."""
    found = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert (found["status"], found["code"]) == (answer.status_code, "invalid_request") == (422, found["code"])
    assert all(error["field"] in found["detail"] for error in found["errors"])
    return [(error["in"], error["field"], error["code"]) for error in found["errors"]]


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error, which agree."""
    assert answer.headers["content-type"] == MEDIA_TYPE
    found = answer.json()
    assert found["status"] == answer.status_code
    assert found["type"].endswith(f"/api/v1/problems/{found['code']}")
    return answer.status_code, found["code"]


async def test_an_operation_runs_in_a_thread_with_the_orm(things: httpx.AsyncClient) -> None:
    key = await make_key(Scope.RENTALS)
    answer = await things.post("/things", json={"name": "a", "at": "2026-01-31T13:00:00+01:00"}, headers=key)
    assert answer.status_code == 201
    made = answer.json()
    assert made["owner"].startswith("key:")
    assert made["at"] == "2026-01-31T12:00:00.000000Z"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_scope_is_asked_for_by_name(things: httpx.AsyncClient) -> None:
    answer = await things.post("/things", json={"name": "a"})
    assert problem(answer) == (401, "unauthenticated")
    assert "rentals" in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = await things.post("/things", json={"name": "a"}, headers=await make_key(Scope.MASKS))
    assert problem(answer) == (403, "insufficient_scope")
    assert "rentals" in answer.json()["detail"]
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_who_may_not_ask_is_not_told_what_is_wrong(things: httpx.AsyncClient) -> None:
    assert problem(await things.post("/things?x=1", json={"y": 1})) == (401, "unauthenticated")


async def test_visitors_may_ask_where_it_says_so(things: httpx.AsyncClient) -> None:
    assert (await things.get("/things?country=GB")).json() == {
        "name": "GB",
        "owner": "",
        "count": 10,
        "at": None,
    }
    answer = await things.get("/things", headers=await make_key(Scope.MASKS))
    assert problem(answer) == (403, "insufficient_scope"), "a key has what its scopes say"


async def test_unknown_and_wrong_fields_and_parameters_are_named(things: httpx.AsyncClient) -> None:
    key = await make_key()
    answer = await things.get("/things?country=GB&contry=DE&limit=ten", headers=key)
    assert errors(answer) == [("query", "contry", "unknown_parameter")]
    assert errors(await things.get("/things?limit=ten", headers=key)) == [("query", "limit", "invalid")]
    twice = await things.get("/things?limit=1&limit=2", headers=key)
    assert errors(twice) == [("query", "limit", "repeated_parameter")]
    assert errors(await things.get("/things?country=%00", headers=key)) == [("query", "country", "invalid")]
    answer = await things.post("/things", json={"nmae": "a", "count": "5", "at": 7}, headers=key)
    assert sorted(errors(answer)) == [
        ("body", "at", "invalid"),
        ("body", "count", "invalid"),
        ("body", "name", "missing"),
        ("body", "nmae", "unknown_field"),
    ]
    answer = await things.post("/things", json={"name": "a", "at": "2026-01-31T12:00:00"}, headers=key)
    assert errors(answer) == [("body", "at", "invalid")]
    assert errors(await things.post("/things", json=[], headers=key)) == [("body", "body", "invalid")]
    assert errors(await things.post("/things", headers=key)) == [("body", "body", "missing")]


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"{", "application/json", (400, "bad_request")),
        (b'{"name": NaN}', "application/json", (400, "bad_request")),
        (b'{"name": "\\ud800"}', "application/json", (400, "bad_request")),
        (b'{"name": "\\u0000"}', "application/json", (400, "bad_request")),
        (b'{"name": "\xff"}', "application/json", (400, "bad_request")),
        (b'{"name": "a"}', "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'{"name": "a"}', "", (415, "unsupported_media_type")),
        (b" " * 70_000, "application/json", (413, "body_too_large")),
        (b'{"name": "a"}', "application/json; charset=utf-8", None),
    ],
)
async def test_bodies_are_json(
    things: httpx.AsyncClient, body: bytes, kind: str, expected: tuple[int, str] | None
) -> None:
    key = await make_key()
    answer = await things.post("/things", content=body, headers={**key, "Content-Type": kind})
    assert answer.status_code == 201 if expected is None else problem(answer) == expected


async def test_what_is_wrong_with_a_body_is_said(things: httpx.AsyncClient) -> None:
    key = {**await make_key(), "Content-Type": "application/json"}
    cut = await things.post("/things", content=b'{"name": "a",', headers=key)
    assert "not valid JSON: " in cut.json()["detail"]
    assert (
        "NUL" in (await things.post("/things", content=b'{"name": "\\u0000"}', headers=key)).json()["detail"]
    )
    listed = await things.post("/things", content=b"[]", headers=key)
    assert listed.json()["errors"][0]["detail"] == "must be a JSON object"


async def test_an_answer_without_a_body_has_no_length_and_no_type(things: httpx.AsyncClient) -> None:
    answer = await things.delete("/empty")
    assert answer.status_code == 204
    assert not {"content-length", "content-type"} & answer.headers.keys()


async def test_a_body_where_none_belongs_is_refused(things: httpx.AsyncClient) -> None:
    key = await make_key()
    answer = await things.request("GET", "/things", json={"country": "GB"}, headers=key)
    assert problem(answer) == (400, "bad_request")
    assert (await things.request("GET", "/things", content=b"{}", headers=key)).status_code == 200


async def test_addresses_and_methods_that_are_not_there(things: httpx.AsyncClient) -> None:
    assert problem(await things.get("/nothing")) == (404, "not_found")
    answer = await things.delete("/things")
    assert problem(answer) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    head = await things.head("/things?country=GB")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 10


async def test_a_bug_is_logged_and_tells_nothing(
    things: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await things.get("/broken")
    assert problem(answer) == (500, "internal_error")
    assert "sk_secret" not in answer.text
    assert "break_down" in caplog.text


async def test_thousands_wait_at_once_without_a_thread(things: httpx.AsyncClient) -> None:
    key = await make_key()
    asked = [things.get(f"/wait?name={i}&seconds=1", headers=key) for i in range(200)]
    answering = asyncio.gather(*asked)
    await eventually(lambda: len(sample.waiting) == 200)
    assert problem(await things.post("/things", json={"nam": 1}, headers=key)) == (422, "invalid_request")
    assert {answer.status_code for answer in await answering} == {200}


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Caller:
    """A client that can leave."""

    def __init__(self, path: str, query: str = "", headers: dict[str, str] | None = None) -> None:
        self.sent: list[Any] = []
        self.left = asyncio.Event()
        pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), *pairs],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
        }
        self._begun = False

    async def call(self) -> None:
        """Ask."""
        await ApiHandler(make_api([sample.NAME]))(self._scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if not self._begun:
            self._begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


async def test_a_waiting_operation_ends_when_its_client_leaves(things: httpx.AsyncClient) -> None:
    caller = Caller("/api/v1/wait", "name=left&seconds=3600", await make_key())
    calling = asyncio.create_task(caller.call())
    await eventually(lambda: "left" in sample.waiting)
    caller.left.set()
    await asyncio.wait_for(calling, 30)
    assert "left" not in sample.waiting
    assert caller.sent == []


async def test_a_stream_is_sent_as_it_comes_and_ends_when_its_client_leaves(
    things: httpx.AsyncClient,
) -> None:
    caller = Caller("/api/v1/stream")
    calling = asyncio.create_task(caller.call())
    await eventually(lambda: len(caller.sent) == 3)
    assert [message.get("body") for message in caller.sent[1:]] == [b"one ", b"two"]
    caller.left.set()
    await asyncio.wait_for(calling, 30)
    assert "stream" not in sample.waiting


async def test_without_a_database_the_answer_is_503(
    things: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await postgres.close()
    monkeypatch.setattr(postgres, "conninfo", lambda: "host=127.0.0.1 port=1 dbname=none")
    answer = await things.get("/things", headers=bearer("tempsms_" + "a" * 43))
    assert problem(answer) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_every_operation_declares_what_it_needs() -> None:
    from ninja import Router

    router = Router()
    router.get("/forgotten")(lambda request: None)
    with pytest.raises(TypeError, match="lacks @needs"):
        api = make_api([])
        api.add_router("", router)
        assert api.urls


async def test_too_many_parameters_are_a_bad_request(things: httpx.AsyncClient) -> None:
    assert problem(await things.get("/things?" + "&" * 1001)) == (400, "bad_request")


def test_what_is_once_needs_a_key() -> None:
    from ninja import Router

    router = Router()
    router.post("/orders")(needs(Scope.RENTALS, visitors=True, once=True)(lambda request: None))
    with pytest.raises(TypeError, match="needs a key"):
        api = make_api([])
        api.add_router("", router)
        assert api.urls
