"""The sandbox by the API: list, read, delete, wait, follow, and send to the program; each key its own project."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from inbox.api import keys
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.live import endings, slots
from inbox.sandbox import following, projects, streams, tasks
from inbox.sandbox.models import Project
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound
from tests.forward_targets import Targets
from tests.inbox.api.conftest import bearer, make_key
from tests.inbox.api.events import following as reading
from tests.inbox.api.test_operations import problem
from tests.inbox.capture.sdk import ask
from tests.inbox.sandbox.keeping import ON_ITS_WAY, keep

API = "/api/v1/sandbox"


@pytest.fixture(autouse=True)
async def nothing_held(site: httpx.AsyncClient) -> AsyncIterator[None]:
    """Whatever was waited for, nothing is left of it."""
    yield
    await asyncio.sleep(0)
    assert not slots._taken
    assert not endings._open
    assert not following._readers.get()


async def kept(project: Project, *bodies: str, **changes: Any) -> list[int]:
    """The ids of messages that a program sent."""
    return await in_thread(lambda: [keep(project, body, **changes).pk for body in bodies]) or []


async def get(site: httpx.AsyncClient, path: str, key: dict[str, str], **params: Any) -> Any:
    """The answer's JSON."""
    answer = await site.get(f"{API}/{path}", headers=key, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def begun() -> None:
    """Return once somebody waits or follows."""
    async with asyncio.timeout(30):
        while not endings._open:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_messages_are_listed_newest_first_by_page_and_filter(
    site: httpx.AsyncClient, default: Project
) -> None:
    key = await make_key(Scope.SANDBOX)
    ids = await kept(default, "one", "Your code is 482913")
    ids += await kept(default, "three", sender="ACME", recipient="+14155550101")
    first = await get(site, "messages", key, limit=2)
    assert [message["id"] for message in first["messages"]] == ids[:0:-1]
    rest = await get(site, "messages", key, limit=2, cursor=first["next_cursor"])
    assert ([message["body"] for message in rest["messages"]], rest["next_cursor"]) == (["one"], None)
    for filters, bodies in [
        ({"from": "acme"}, ["three"]),
        ({"to": "+14155550101"}, ["three"]),
        ({"require": "code"}, ["Your code is 482913"]),
        ({"carrier": "vonage"}, []),
    ]:
        found = await get(site, "messages", key, **filters)
        assert [message["body"] for message in found["messages"]] == bodies


async def test_a_message_is_read_with_its_code_costs_request_and_callbacks(
    site: httpx.AsyncClient, default: Project
) -> None:
    key = await make_key(Scope.SANDBOX)
    with Targets() as web:
        (message_id,) = await kept(
            default,
            "Your code is 482913. Ł",
            after=ON_ITS_WAY,
            callback=web.url("/ok/a"),
            request={"method": "POST", "path": "/x", "headers": {}, "body": "Body=..."},
        )
        await in_thread(tasks.call_back)
    found = await get(site, f"messages/{message_id}", key)
    assert (found["code"]["value"], found["encoding"], found["not_gsm"]) == ("482913", "UCS-2", ["Ł"])
    assert (found["state"], found["number"], found["direction"]) == ("delivered", "+14155550100", "out")
    assert found["request"]["path"] == "/x"
    assert [(call["state"], call["status"], call["answer"]) for call in found["callbacks"]] == [
        ("sent", 200, "thanks"),
        ("delivered", 200, "thanks"),
    ]
    assert "x-twilio-signature" in found["callbacks"][0]["headers"]


async def test_messages_are_deleted_one_or_all(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    ids = await kept(default, "one", "two", "Your code is 482913", after=ON_ITS_WAY)
    assert (await site.delete(f"{API}/messages/{ids[0]}", headers=key)).status_code == 204
    assert problem(await site.delete(f"{API}/messages/{ids[0]}", headers=key)) == (404, "not_found")
    assert problem(await site.get(f"{API}/messages/{ids[0]}", headers=key)) == (404, "not_found")
    some = await site.delete(f"{API}/messages", headers=key, params={"require": "code"})
    assert some.json() == {"deleted": 1}
    assert (await site.delete(f"{API}/messages", headers=key)).json() == {"deleted": 1}
    assert await in_thread(tasks.call_back) == 0


async def test_a_wait_ends_with_what_is_there_or_comes(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    old, newer = await kept(default, "Your code is 111111", "Your code is 222222")
    found = await get(site, "messages/wait", key, require="code")
    assert (found["message"]["id"], found["seen"]) == (newer, [])
    found = await get(site, "messages/wait", key, require="code", after=old - 1)
    assert found["message"]["id"] == old
    task = asyncio.create_task(
        get(site, "messages/wait", key, after=newer, to="+14155550102", match=r"is \d{6}")
    )
    await begun()
    await kept(default, "Hello", recipient="+14155550102")
    (wanted,) = await kept(default, "Your code is 333333", recipient="+14155550102")
    found = await task
    assert (found["message"]["id"], found["message"]["code"]["value"]) == (wanted, "333333")


async def test_a_wait_that_is_over_says_what_came(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    (last,) = await kept(default, "Hello")
    found = await get(site, "messages/wait", key, match="never", timeout=0.3)
    assert found["message"] is None
    assert [message["id"] for message in found["seen"]] == [last]
    found = await get(site, "messages/wait", key, match="never", after=last, timeout=0.3)
    assert found == {"message": None, "seen": []}


async def test_a_stream_has_what_comes_and_how_it_goes_on(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    async with reading("/sandbox/messages/stream", **key) as events:
        assert events.status == 200
        await begun()
        (message_id,) = await kept(default, "Hello", after=ON_ITS_WAY)
        _, kind, first = await events.next()
        await in_thread(tasks.call_back)
        last = first
        while last["state"] != "delivered":  # it may be seen on its way
            event_id, _, last = await events.next()
            assert event_id == str(message_id)
    assert (kind, first["state"]) == ("message", "queued")


async def test_a_stream_ends_with_its_key(
    site: httpx.AsyncClient, default: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEAT_EVERY", 0.01)
    made = await in_thread(lambda: keys.create("reader", [Scope.SANDBOX]))
    assert made
    async with reading("/sandbox/messages/stream", **bearer(made[1])) as events:
        await events.block()
        await in_thread(lambda: keys.revoke(made[0]))
        async with asyncio.timeout(20):
            while not events.over:
                await events.block()


async def test_the_program_gets_messages_as_the_carrier_passes_them_on(
    site: httpx.AsyncClient, default: Project
) -> None:
    key = await make_key(Scope.SANDBOX)
    with Targets() as web:
        body = {"from": "+61491570157", "to": "+15005550006", "body": "STOP", "url": web.url("/ok/sms")}
        answer = await site.post(f"{API}/inbound", headers=key, json=body)
        assert answer.status_code == 201, answer.text
        await in_thread(tasks.call_back)
        (request,) = web.requests
    account = {"auth_token": "sandbox"}
    sent = Request("POST", body["url"], request.headers, request.body)
    carriers.get("twilio").verify(sent, account, 0)
    (message,) = carriers.get("twilio").parse(sent)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body) == ("+61491570157", "+15005550006", "STOP")
    assert message.ref == answer.json()["carrier_id"]
    found = await get(site, f"messages/{answer.json()['id']}", key)
    assert (found["direction"], found["state"], found["number"]) == ("in", "received", "+61491570157")
    assert [(call["status"], call["answer"]) for call in found["callbacks"]] == [(200, "thanks")]
    listed = await ask(site, lambda client: client.messages.list())
    assert [(one.direction, one.status) for one in listed] == [("inbound", "received")]


async def test_the_program_gets_files_as_the_carrier_passes_them_on(
    site: httpx.AsyncClient, default: Project
) -> None:
    key = await make_key(Scope.SANDBOX)
    with Targets() as web:
        files = [{"url": web.url("/ok/cat.png")}, {"url": web.url("/ok/a.mp4"), "content_type": "video/mp4"}]
        url = web.url("/ok/sms")
        body = {"from": "+61491570157", "to": "+15005550006", "media": files, "url": url}
        answer = await site.post(f"{API}/inbound", headers=key, json=body)
        assert answer.status_code == 201, answer.text
        await in_thread(tasks.call_back)
        (request,) = web.requests
    sent = Request("POST", url, request.headers, request.body)
    carriers.get("twilio").verify(sent, {"auth_token": "sandbox"}, 0)
    (message,) = carriers.get("twilio").parse(sent)
    assert isinstance(message, Inbound)
    assert [(file.url, file.content_type) for file in message.media] == [
        (web.url("/ok/cat.png"), "image/png"),
        (web.url("/ok/a.mp4"), "video/mp4"),
    ]
    assert message.ref.startswith("MM")
    assert answer.json()["media"] == [file["url"] for file in files]


async def test_without_a_url_a_message_comes_where_its_number_says_and_is_answered(
    site: httpx.AsyncClient, default: Project
) -> None:
    key, number = await make_key(Scope.SANDBOX), "+14155550142"
    body = {"from": "+61491570157", "to": number, "body": "hello"}
    answer = await site.post(f"{API}/inbound", headers=key, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "url")
    with Targets() as web:
        web.bodies["/ok/sms"] = ("text/xml", b"<Response><Message>welcome</Message></Response>")
        url = web.url("/ok/sms")
        await ask(site, lambda client: client.incoming_phone_numbers.create(phone_number=number, sms_url=url))
        answer = await site.post(f"{API}/inbound", headers=key, json=body)
        assert answer.status_code == 201, answer.text
        await in_thread(tasks.call_back)
    reply, asked = (await get(site, "messages", key))["messages"]
    assert (asked["id"], asked["reply_to"]) == (answer.json()["id"], None)
    assert (reply["reply_to"], reply["body"], reply["state"]) == (asked["id"], "welcome", "delivered")
    (newest, _) = await ask(site, lambda client: client.messages.list())
    assert (newest.direction, newest.to) == ("outbound-reply", "+61491570157")


async def test_a_project_is_read_and_changed(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    await in_thread(lambda: projects.make("tests"))
    found = await get(site, "projects/default", key)
    assert found["credentials"]["twilio"] == {
        "login": "AC" + "0" * 32,
        "secrets": {"auth_token": "sandbox"},
        "callback_url": "",
    }
    change = {"retention_hours": 2, "numbers": ["+15005550006"], "origins": ["https://app.example.org/"]}
    answer = await site.patch(f"{API}/projects/tests", headers=key, json=change)
    assert answer.status_code == 200, answer.text
    changed = await get(site, "projects/tests", key)
    assert {name: changed[name] for name in change} == {**change, "origins": ["https://app.example.org"]}
    url = "http://127.0.0.1:5000/sms"
    answer = await site.patch(f"{API}/projects/tests", headers=key, json={"callbacks": {"twilio": url}})
    assert answer.json()["credentials"]["twilio"] == {**changed["credentials"]["twilio"], "callback_url": url}
    assert answer.json()["credentials"]["plivo"] == changed["credentials"]["plivo"]
    await site.patch(f"{API}/projects/tests", headers=key, json={"callbacks": {"twilio": ""}})
    for wrong in (
        {"origins": ["http://127.0.0.1"]},
        {"callbacks": {"twilio": "ftp://127.0.0.1"}},
        {"callbacks": {"nobody": url}},
        {"retention_hours": 0.5},
        {"numbers": ["1"]},
        {"name": "x"},
    ):
        answer = await site.patch(f"{API}/projects/tests", headers=key, json=wrong)
        assert problem(answer) == (422, "invalid_request")
    assert await get(site, "projects/tests", key) == changed


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "messages"),
        ("DELETE", "messages"),
        ("GET", "messages/wait"),
        ("GET", "messages/stream"),
        ("GET", "messages/{id}"),
        ("DELETE", "messages/{id}"),
        ("POST", "inbound"),
        ("GET", "projects/default"),
        ("PATCH", "projects/default"),
    ],
)
async def test_a_key_for_one_project_reaches_no_other(
    site: httpx.AsyncClient, default: Project, method: str, path: str
) -> None:
    await in_thread(lambda: projects.make("tests"))
    (message_id,) = await kept(default, "Hello")
    address = f"{API}/{path.format(id=message_id)}"
    query = {} if "{" in path or "projects" in path or method == "POST" else {"project": "default"}
    body = {
        "project": "default",
        "from": "+61491570157",
        "to": "+15005550006",
        "url": "http://127.0.0.1:5000/",
    }
    given = body if method == "POST" else {} if method == "PATCH" else None
    for key, expected in [
        (await make_key(Scope.SANDBOX, name="other", project="tests"), (404, "not_found")),
        (await make_key(Scope.MESSAGES_READ, name="reader"), (403, "insufficient_scope")),
        ({"X-Forwarded-For": "192.0.2.7"}, (401, "unauthenticated")),
    ]:
        answer = await site.request(method, address, headers=key, params=query, json=given)
        assert problem(answer) == expected
    own = await make_key(Scope.SANDBOX, name="own", project="tests")
    assert (await get(site, "messages", own))["messages"] == []
