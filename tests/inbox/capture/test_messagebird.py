"""The official MessageBird SDK works with the sandbox, but for its address; its errors and validator are its own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import messagebird
import pytest
from messagebird.client import ErrorException
from messagebird.http_client import HttpClient
from messagebird.request_validator import RequestValidator

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, snippets, tasks
from inbox.sandbox.captured.messagebird import MESSAGEBIRD
from tests.conftest import Sql
from tests.forward_targets import Targets

KEY, SIGNING_KEY = (MESSAGEBIRD.fixed.secrets[name] for name in ("access_key", "signing_key"))
FROM, TO, OTHER = "14155550100", "61491570157", "14155550199"
Ask = Callable[..., Any]
_Result = TypeVar("_Result")


@pytest.fixture
def ask(address: str) -> Ask:
    """Do something with a client of the SDK, in a thread of its own."""

    async def run(work: Callable[[Any], _Result], key: str = KEY) -> _Result:
        http = HttpClient(f"{address}/capture/messagebird/", key, "tests")
        return await asyncio.to_thread(work, messagebird.Client(key, http_client=http))

    return run


def create(
    originator: Any = FROM, to: Any = TO, body: Any = "Your code is 482913", key: str = KEY, **more: Any
) -> tuple[Any, ...]:
    """What `ask` takes to send a message from and to some number unless given."""
    return (lambda client: client.message_create(originator, to, body, more), key)


async def own_key(name: str, **values: Any) -> str:
    """The access key of a new project."""
    project = await in_thread(lambda: projects.make(name, **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="messagebird"))
    assert credential
    return str(credential.sealed["access_key"])


async def test_the_sdk_sends_and_reads_the_message(ask: Ask, sql: Sql) -> None:
    message = await ask(*create(to=[TO, OTHER, "hello"], reference="order 5"))
    assert (message.direction, message.type, message.originator, message.reference) == (
        *("mt", "sms"),
        *(FROM, "order 5"),
    )
    items = message.recipients["items"]
    assert [(one.recipient, one.status) for one in items] == [(int(TO), "buffered"), (int(OTHER), "buffered")]
    assert sql("SELECT sender, recipient FROM sandbox_capturedmessage ORDER BY id") == [
        ("+14155550100", "+61491570157"),
        ("+14155550100", "+14155550199"),
    ]
    await in_thread(tasks.call_back)
    found = await ask(lambda client: client.message(message.id))
    assert (found.body, found.datacoding) == ("Your code is 482913", "plain")
    assert found.recipients["totalDeliveredCount"] == 2
    assert found.createdDatetime.tzinfo is not None
    ((request,),) = sql("SELECT request FROM sandbox_capturedmessage LIMIT 1")
    assert "authorization" not in request["headers"]


@pytest.mark.parametrize(
    ("fields", "code", "parameter"),
    [
        ({"to": "hello"}, 9, "recipients"),
        ({"to": ""}, 9, "recipients"),
        ({"to": [f"614915{n:05}" for n in range(51)]}, 9, "recipients"),
        ({"originator": "a name of many letters"}, 10, "originator"),
        ({"originator": ""}, 10, "originator"),
        ({"body": ""}, 21, "body"),
        ({"body": "x" * 1378}, 21, "body"),
        ({"body": "a\0b"}, 21, None),
        ({"type": "binary"}, 21, "type"),
        ({"reference": "x" * 256}, 21, "reference"),
        ({"reportUrl": "example.com"}, 21, "reportUrl"),
        ({"scheduledDatetime": "soon"}, 21, "scheduledDatetime"),
        ({"key": "wrong"}, 2, "access_key"),
        ({"key": "sandbox!"}, 2, "access_key"),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    ask: Ask, sql: Sql, fields: dict[str, Any], code: int, parameter: str | None
) -> None:
    with pytest.raises(ErrorException) as caught:
        await ask(*create(**fields))
    (error,) = caught.value.errors
    assert (error.code, error.parameter) == (code, parameter)
    assert error.description
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask) -> None:
    key = await own_key("tests", numbers=["+15005550006"])
    for sender in ("15005550006", "ACME"):
        assert (await ask(*create(sender, key=key))).originator == sender
    with pytest.raises(ErrorException):
        await ask(*create(key=key))


async def test_programs_are_told_by_gets_that_the_sdk_validates(ask: Ask) -> None:
    validator = RequestValidator(SIGNING_KEY)
    with Targets() as web:
        url = web.url("/ok/status?a=b")
        message = await ask(*create(to=[TO, OTHER], reference="order 5", reportUrl=url))
        await in_thread(tasks.call_back)
        told = []
        for request in web.requests:
            query = httpx.QueryParams(request.path.partition("?")[2])
            asked, token = web.url(request.path), request.headers["messagebird-signature-jwt"]
            assert validator.validate_signature(token, asked, b"")
            assert request.body == b""
            assert (query["id"], query["reference"], query["a"]) == (message.id, "order 5", "b")
            told.append((query["recipient"], query["status"]))
    assert sorted(told) == sorted([(one, word) for one in (TO, OTHER) for word in ("sent", "delivered")])


async def test_messages_to_the_program_are_messagebirds(ask: Ask) -> None:
    with Targets() as web:
        url = web.url("/ok/sms")
        await in_thread(
            lambda: inbound.send(
                projects.ensure_default(), "messagebird", "+" + TO, "+" + FROM, "STOP ä", url
            )
        )
        await in_thread(tasks.call_back)
        (request,) = web.requests
    token = request.headers["messagebird-signature-jwt"]
    assert RequestValidator(SIGNING_KEY).validate_signature(token, url, request.body)
    form = httpx.QueryParams(request.body.decode())
    assert (form["originator"], form["recipient"], form["body"]) == (TO, FROM, "STOP ä")


async def test_messages_are_listed_by_page_and_status(ask: Ask) -> None:
    for n in range(4):
        await ask(*create(to=[TO, OTHER], body=str(n)))
    await in_thread(tasks.call_back)
    await ask(*create(body="new"))
    page = await ask(lambda client: client.message_list(limit=2, offset=1))
    assert ([one.body for one in page.items], page.count, page.totalCount) == (["3", "2"], 2, 5)
    assert [len(one.recipients["items"]) for one in page.items] == [2, 2]
    waiting = await ask(lambda client: client.message_list(status="buffered"))
    assert [one.body for one in waiting.items] == ["new"]


async def test_a_scheduled_message_waits_and_can_be_deleted(ask: Ask, sql: Sql) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    message = await ask(*create(to=[TO, OTHER], scheduledDatetime=at))
    assert await in_thread(tasks.call_back) == 0
    assert message.recipients["items"][0].status == "scheduled"
    await ask(lambda client: client.message_delete(message.id))
    with pytest.raises(ErrorException) as caught:
        await ask(lambda client: client.message(message.id))
    assert caught.value.errors[0].code == 20
    assert sql("SELECT count(*) FROM sandbox_statechange") == [(0,)]


async def test_another_projects_messages_do_not_exist(ask: Ask) -> None:
    message = await ask(*create())
    key = await own_key("tests")
    assert (await ask(lambda client: client.message_list(), key)).items == []
    for work in (lambda client: client.message(message.id), lambda client: client.message_delete(message.id)):
        with pytest.raises(ErrorException) as caught:
            await ask(work, key)
        assert caught.value.errors[0].code == 20


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    right, path = {"Authorization": f"AccessKey {KEY}"}, "/capture/messagebird/messages"
    good = {"originator": FROM, "recipients": TO, "body": "hi"}
    for method, address, body, status in [
        ("GET", "/capture/messagebird/", None, 404),
        ("PUT", path, None, 405),
        ("POST", path, "text", 422),
        ("POST", path, {**good, "recipients": {}}, 422),
        ("POST", path, {**good, "recipients": [[]]}, 422),
        ("POST", path, {**good, "originator": [FROM]}, 422),
        ("POST", path, {**good, "body": 5}, 422),
        ("POST", path, {**good, "body": "x" * 70_000}, 413),
        ("GET", f"{path}?limit=1000", None, 422),
        ("GET", f"{path}?status=lost", None, 422),
        ("GET", f"{path}/abc", None, 404),
    ]:
        answer = await site.request(method, address, json=body, headers=right)
        assert answer.status_code == status, (method, address, body)
        assert answer.json()["errors"][0]["description"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]
    numbers = {**good, "originator": int(FROM), "recipients": int(TO)}
    assert (await site.post(path, json=numbers, headers=right)).status_code == 201


async def test_the_program_to_copy_sends(address: str, sql: Sql) -> None:
    code = snippets.of_carrier("messagebird", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == [
        ("+14155550199", "Your code is 482913")
    ]
