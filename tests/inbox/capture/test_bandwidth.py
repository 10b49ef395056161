"""The official Bandwidth SDK works with the sandbox, but for its address; its errors are its own."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import bandwidth
import httpx
import pytest
from bandwidth import exceptions

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, snippets, tasks
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, Receipt
from tests.conftest import Sql
from tests.forward_targets import Targets

ACCOUNT, USER = "9900000", "sandbox"
FROM, TO, OTHER = "+14155550100", "+61491570157", "+14155550199"
CALLBACK_LOGIN = {"username": USER, "password": USER}
Ask = Callable[..., Any]
_Result = TypeVar("_Result")


@pytest.fixture
def ask(address: str) -> Ask:
    """Do something with the messages of the SDK, in a thread of its own."""

    async def run(work: Callable[[Any], _Result], user: str = USER, password: str = USER) -> _Result:
        configuration = bandwidth.Configuration(
            host=f"{address}/capture/bandwidth",
            ignore_operation_servers=True,
            username=user,
            password=password,
        )
        client = bandwidth.ApiClient(configuration)
        try:
            return await asyncio.to_thread(work, bandwidth.MessagesApi(client))
        finally:
            client.rest_client.pool_manager.clear()

    return run


def create(account: str = ACCOUNT, user: str = USER, password: str = USER, **changes: Any) -> tuple[Any, ...]:
    """What `ask` takes to send a message from and to some number unless given."""
    fields = {"application_id": "app", "to": [TO], "var_from": FROM, "text": "Your code is 482913", **changes}
    request = bandwidth.MessageRequest(**fields)
    return (lambda messages: messages.create_message(account, request), user, password)


async def own_login(name: str, **values: Any) -> tuple[str, str, str]:
    """Account and API user of a new project."""
    project = await in_thread(lambda: projects.make(name, **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="bandwidth"))
    assert credential
    return credential.login, credential.sealed["api_username"], credential.sealed["api_password"]


async def test_the_sdk_sends_and_reads_the_message(ask: Ask, sql: Sql) -> None:
    message = await ask(*create(to=[TO, OTHER], tag="order 5", text="x" * 200))
    assert (message.to, message.var_from, message.text, message.tag) == (
        [TO, OTHER],
        FROM,
        "x" * 200,
        "order 5",
    )
    assert (message.direction, message.segment_count, message.application_id) == ("out", 2, "app")
    assert sql("SELECT sender, recipient FROM sandbox_capturedmessage ORDER BY id") == [
        (FROM, TO),
        (FROM, OTHER),
    ]
    ((request,),) = sql("SELECT request FROM sandbox_capturedmessage LIMIT 1")
    assert "authorization" not in request["headers"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"to": []}, exceptions.BadRequestException),
        ({"to": ["hello"]}, exceptions.BadRequestException),
        ({"to": ["4155550199"]}, exceptions.BadRequestException),
        ({"to": [f"+614915{n:05}" for n in range(51)]}, exceptions.BadRequestException),
        ({"to": [FROM]}, exceptions.BadRequestException),
        ({"text": ""}, exceptions.BadRequestException),
        ({"text": "a\0b"}, exceptions.BadRequestException),
        ({"tag": "x" * 1025}, exceptions.BadRequestException),
        ({"var_from": "a name of many letters"}, exceptions.BadRequestException),
        ({"var_from": ""}, exceptions.BadRequestException),
        ({"application_id": ""}, exceptions.BadRequestException),
        ({"media": ["ftp://example.com/a.png"]}, exceptions.BadRequestException),
        ({"media": ["https://example.com/a.png"] * 11}, exceptions.BadRequestException),
        ({"user": "wrong"}, exceptions.UnauthorizedException),
        ({"password": "wrong"}, exceptions.UnauthorizedException),
        ({"account": "1"}, exceptions.UnauthorizedException),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    ask: Ask, sql: Sql, fields: dict[str, Any], error: type[exceptions.ApiException]
) -> None:
    with pytest.raises(error) as caught:
        await ask(*create(**fields))
    assert caught.value.data.description
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask) -> None:
    login = await own_login("tests", numbers=["+15005550006"])
    for sender in ("+15005550006", "ACME"):
        assert (await ask(*create(*login, var_from=sender))).var_from == sender
    with pytest.raises(exceptions.BadRequestException):
        await ask(*create(*login))


@pytest.mark.parametrize(
    ("media", "kinds"),
    [([], ["message-delivered"]), (["https://example.com/a.png"], ["message-sending", "message-delivered"])],
)
async def test_programs_are_told_where_the_project_says(ask: Ask, media: list[str], kinds: list[str]) -> None:
    carrier = carriers.get("bandwidth")
    with Targets() as web:
        url = web.url("/ok/status")
        await in_thread(lambda: projects.set_callback(projects.ensure_default(), "bandwidth", url))
        sent = await ask(*create(tag="order 5", media=media))
        await in_thread(tasks.call_back)
        told = []
        for request in web.requests:
            received = Request("POST", url, request.headers, request.body)
            carrier.verify(received, CALLBACK_LOGIN, 0)
            callback = bandwidth.StatusCallback.from_json(request.body[1:-1].decode())
            assert (callback.message.id, callback.to, callback.message.tag) == (sent.id, TO, "order 5")
            (receipt,) = carrier.parse(received)
            assert isinstance(receipt, Receipt)
            told.append(callback.type)
    assert told == kinds


async def test_messages_to_the_program_are_bandwidths(ask: Ask) -> None:
    carrier = carriers.get("bandwidth")
    with Targets() as web:
        url = web.url("/ok/sms")
        await in_thread(lambda: inbound.send(projects.ensure_default(), "bandwidth", TO, FROM, "STOP ä", url))
        await in_thread(tasks.call_back)
        (request,) = web.requests
    received = Request("POST", url, request.headers, request.body)
    carrier.verify(received, CALLBACK_LOGIN, 0)
    callback = bandwidth.InboundCallback.from_json(request.body[1:-1].decode())
    assert (callback.type, callback.message.text, callback.to) == ("message-received", "STOP ä", FROM)
    (message,) = carrier.parse(received)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body) == (TO, FROM, "STOP ä")
    (listed,) = (
        await ask(lambda messages: messages.list_messages(ACCOUNT, message_direction="INBOUND"))
    ).messages
    assert (listed.message_id, listed.message_status) == (message.ref, "RECEIVED")


async def test_lists_have_pages_and_filters(ask: Ask) -> None:
    for n in range(5):
        await ask(*create(to=[TO if n else OTHER], text=str(n) * (n + 1)))
    await ask(*create(var_from="ACME", media=["https://example.com/a.png"]))
    await in_thread(tasks.call_back)
    first = await ask(lambda messages: messages.list_messages(ACCOUNT, limit=4))
    token = first.page_info.next_page_token
    second = await ask(lambda messages: messages.list_messages(ACCOUNT, limit=4, page_token=token))
    assert (first.total_count, len(first.messages), len(second.messages)) == (6, 4, 2)
    assert second.page_info.next_page_token is None
    assert len({one.message_id for one in [*first.messages, *second.messages]}) == 6
    cases: list[tuple[dict[str, Any], int]] = [
        ({"source_tn": "ACME"}, 1),
        ({"source_tn": "+1415"}, 5),
        ({"destination_tn": f"{TO},{OTHER}"}, 6),
        ({"destination_tn": OTHER}, 1),
        ({"message_status": "DELIVERED"}, 6),
        ({"message_status": "FAILED"}, 0),
        ({"message_type": "mms"}, 1),
        ({"message_direction": "OUTBOUND", "message_id": first.messages[0].message_id}, 1),
        ({"from_date_time": "2099-01-01 00:00:00"}, 0),
        ({"error_code": 4750}, 0),
    ]
    for filters, count in cases:
        found = await ask(lambda messages, asked=filters: messages.list_messages(ACCOUNT, **asked))
        assert len(found.messages) == count, filters


async def test_another_projects_messages_do_not_exist(ask: Ask) -> None:
    await ask(*create())
    account, *login = await own_login("tests")
    assert (await ask(lambda messages: messages.list_messages(account), *login)).messages == []


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    path, auth = f"/capture/bandwidth/users/{ACCOUNT}/messages", (USER, USER)
    good = {"applicationId": "app", "to": [TO], "from": FROM, "text": "hi"}
    for method, address, body, login, status in [
        ("GET", "/capture/bandwidth/users", None, auth, 404),
        ("DELETE", path, None, auth, 405),
        ("POST", path, good, None, 401),
        ("POST", path, "text", auth, 400),
        ("POST", path, {**good, "to": TO}, auth, 400),
        ("POST", path, {**good, "to": [5]}, auth, 400),
        ("POST", path, {**good, "text": 5}, auth, 400),
        ("POST", path, {**good, "media": "a"}, auth, 400),
        ("POST", path, {**good, "text": "x" * 2049}, auth, 400),
        ("POST", path, {**good, "text": "x" * 70_000}, auth, 413),
        ("GET", f"{path}?limit=0", None, auth, 400),
        ("GET", f"{path}?pageToken=a", None, auth, 400),
        ("GET", f"{path}?sourceTn=%00", None, auth, 400),
        ("GET", f"{path}?fromDateTime=today", None, auth, 400),
        ("GET", f"{path}?messageStatus=LOST", None, auth, 400),
    ]:
        answer = await site.request(method, address, json=body, auth=login)
        assert answer.status_code == status, (method, address, body)
        assert {"type", "description"} <= answer.json().keys()
    assert (await site.post(path.replace("users", "api/v2/users"), json=good, auth=auth)).status_code == 202
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(1,)]


async def test_the_program_to_copy_sends(address: str, sql: Sql) -> None:
    code = snippets.of_carrier("bandwidth", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == [(OTHER, "Your code is 482913")]
