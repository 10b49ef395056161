"""The official Telnyx SDK sends, fetches and cancels; its webhooks are signed; its errors are Telnyx's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import telnyx
from django.utils import timezone
from telnyx import Telnyx

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, tasks
from inbox.sandbox.models import CapturedMessage
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.forward_targets import Targets
from tests.inbox.capture.telnyx_sdk import BASE, FROM, KEY, PROFILE, PUBLIC_KEY, TO, ask, other_project, send

PATH = BASE.removeprefix("http://127.0.0.1:8000")


async def test_the_sdk_sends_and_reads_the_resource(site: httpx.AsyncClient, sql: Sql) -> None:
    body = "Your code is 482913 " + "ł" * 80
    message = await send(site, text=body)
    assert (message.record_type, message.direction, message.type) == ("message", "outbound", "SMS")
    assert (message.text, message.from_.phone_number, message.encoding) == (body, FROM, "UCS-2")
    assert [(to.phone_number, to.status) for to in message.to] == [(TO, "queued")]
    assert (message.parts, message.errors, message.sent_at) == (2, [], None)
    assert message.received_at.tzinfo is not None
    ((project, sender, request),) = sql(
        "SELECT name, sender, request FROM sandbox_capturedmessage m JOIN sandbox_project p ON p.id = project_id"
    )
    assert (project, sender, request["path"]) == ("default", FROM, f"{PATH}/messages")
    assert "authorization" not in request["headers"]
    await in_thread(tasks.call_back)
    again: Any = (await ask(site, lambda client: client.messages.retrieve(message.id))).data
    assert (again.to[0].status, again.id) == ("delivered", message.id)
    assert again.sent_at <= again.completed_at


@pytest.mark.parametrize(
    ("method", "fields", "sender"),
    [
        ("send", {"from_": "12345"}, "12345"),
        ("send", {"from_": "ACME", "messaging_profile_id": PROFILE}, "ACME"),
        ("send", {"messaging_profile_id": PROFILE}, "+13125550100"),
        ("send_number_pool", {"messaging_profile_id": PROFILE}, "+13125550100"),
        ("send_long_code", {"from_": FROM}, FROM),
        ("send_short_code", {"from_": "12345"}, "12345"),
        ("send_with_alphanumeric_sender", {"from_": "ACME", "messaging_profile_id": PROFILE}, "ACME"),
    ],
)
async def test_each_way_to_send(
    site: httpx.AsyncClient, method: str, fields: dict[str, Any], sender: str
) -> None:
    def work(client: Telnyx) -> Any:
        return getattr(client.messages, method)(to=TO, text="hi", **fields)

    message = (await ask(site, work)).data
    assert (message.from_.phone_number, message.messaging_profile_id) == (
        sender,
        fields.get("messaging_profile_id"),
    )


async def test_files_make_an_mms(site: httpx.AsyncClient) -> None:
    url = "https://example.com/a.png"
    message = await send(site, text=None, media_urls=[url], subject="Look")
    assert (message.type, message.subject, message.text) == ("MMS", "Look", "")
    assert [file.url for file in message.media] == [url]


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        ({"to": "hello"}, telnyx.BadRequestError, "40310"),
        ({"to": "4155550100"}, telnyx.BadRequestError, "40310"),
        ({"to": ""}, telnyx.BadRequestError, "40310"),
        ({"to": [TO, "+14155550101"]}, telnyx.BadRequestError, "40310"),
        ({"to": FROM}, telnyx.BadRequestError, "40310"),
        ({"from_": None}, telnyx.BadRequestError, "40305"),
        ({"from_": "+1415"}, telnyx.BadRequestError, "40305"),
        ({"from_": "a name of many letters"}, telnyx.BadRequestError, "40305"),
        ({"from_": "ACME"}, telnyx.BadRequestError, "40305"),
        (
            {"from_": "ACME", "to": "+14155550101", "messaging_profile_id": PROFILE},
            telnyx.BadRequestError,
            "40305",
        ),
        ({"messaging_profile_id": "mine"}, telnyx.UnprocessableEntityError, "10015"),
        ({"text": None}, telnyx.BadRequestError, "40316"),
        ({"text": ""}, telnyx.BadRequestError, "40316"),
        ({"text": "x" * 1531}, telnyx.BadRequestError, "40302"),
        ({"text": "ł" * 671}, telnyx.BadRequestError, "40302"),
        ({"text": "ł", "encoding": "gsm7"}, telnyx.BadRequestError, "40009"),
        ({"text": "a\0b"}, telnyx.BadRequestError, "10023"),
        ({"text": 5}, telnyx.UnprocessableEntityError, "10015"),
        ({"encoding": "utf8"}, telnyx.UnprocessableEntityError, "10015"),
        ({"type": "RCS"}, telnyx.UnprocessableEntityError, "10015"),
        ({"media_urls": ["ftp://example.com/a"]}, telnyx.UnprocessableEntityError, "10003"),
        ({"media_urls": [""]}, telnyx.UnprocessableEntityError, "10015"),
        ({"media_urls": "https://example.com"}, telnyx.UnprocessableEntityError, "10015"),
        ({"media_urls": ["https://example.com/a"] * 11}, telnyx.BadRequestError, "40302"),
        ({"webhook_url": "example.com"}, telnyx.UnprocessableEntityError, "10003"),
        ({"use_profile_webhooks": "maybe"}, telnyx.UnprocessableEntityError, "10015"),
        ({"send_at": "soon"}, telnyx.UnprocessableEntityError, "10015"),
        ({"send_at": "2020-01-01T00:00:00Z"}, telnyx.UnprocessableEntityError, "10015"),
        ({"send_at": "9999-12-31T23:59:59-14:00"}, telnyx.UnprocessableEntityError, "10015"),
        ({"key": "KEYwrong"}, telnyx.AuthenticationError, "10009"),
        ({"key": "sandbox"}, telnyx.AuthenticationError, "10009"),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], kind: type[telnyx.APIStatusError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        await send(site, **fields)
    body: Any = caught.value.body
    (error,) = body["errors"]
    assert error["code"] == code
    assert error["title"]
    assert error["detail"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/messages", b"", 405),
        ("POST", "/messages", b"", 400),
        ("POST", "/messages", b"[]", 400),
        ("POST", "/messages", b"{", 400),
        ("POST", "/messages", b"\xff", 400),
        ("POST", "/messages", b'{"to": {"a": []}}', 400),
        ("POST", "/messages", b"x" * 70_000, 413),
        ("POST", "/messages/long_code", b"{}", 422),
        ("POST", "/messages/schedule", b"{}", 422),
        ("POST", "/messages/whatsapp", b"{}", 405),
        ("GET", "/messages/nobody", b"", 404),
        ("DELETE", "/messages/nobody", b"", 404),
        ("GET", "/calls", b"", 404),
    ],
)
async def test_raw_requests_have_defined_answers(
    site: httpx.AsyncClient, method: str, path: str, content: bytes, status: int
) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    answer = await site.request(method, f"{PATH}{path}", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"]


async def test_programs_are_told_by_signed_webhooks(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/status")
        message = await send(site, webhook_url=url)
        await in_thread(tasks.call_back)
        events: Any = await ask(
            site,
            lambda client: [
                client.webhooks.unwrap(request.body.decode(), headers=request.headers)
                for request in web.requests
            ],
        )
        told: list[Any] = [event.data for event in events]
        receipts = [
            carriers.get("telnyx").parse(Request("POST", url, request.headers, request.body))
            for request in web.requests
        ]
        request = web.requests[0]
    assert [(one.event_type, one.payload.to[0].status) for one in told] == [
        ("message.sent", "sent"),
        ("message.finalized", "delivered"),
    ]
    assert {one.payload.id for one in told} == {message.id}
    assert len({one.id for one in told}) == 2
    assert [one.status for [one] in receipts if isinstance(one, Receipt)] == [Status.SENT, Status.DELIVERED]
    # the SDK has two ways to say it, and takes the other one once its `lib` has been imported, by whomever
    with pytest.raises(Exception, match="signature does not match"):
        await ask(
            site, lambda client: client.webhooks.unwrap(request.body.decode() + " ", headers=request.headers)
        )


async def test_the_program_gets_messages_as_telnyx_passes_them_on(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/sms")
        project = await in_thread(projects.ensure_default)
        assert project
        file = Media("https://example.com/a.png", "image/png")
        await in_thread(lambda: inbound.send(project, "telnyx", TO, FROM, "STOP €", url, [file]))
        await in_thread(tasks.call_back)
        (request,) = web.requests
        event: Any = await ask(
            site, lambda client: client.webhooks.unwrap(request.body.decode(), headers=request.headers)
        )
    assert (event.data.event_type, event.data.payload.text) == ("message.received", "STOP €")
    sent = Request("POST", url, request.headers, request.body)
    carriers.get("telnyx").verify(sent, {"public_key": PUBLIC_KEY}, timezone.now())
    (message,) = carriers.get("telnyx").parse(sent)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body, message.segments) == (TO, FROM, "STOP €", 1)
    assert message.media == (file,)
    fetched: Any = (await ask(site, lambda client: client.messages.retrieve(message.ref))).data
    assert (fetched.direction, fetched.text, fetched.from_.phone_number) == ("inbound", "STOP €", TO)


def cancel(ref: str, client: Telnyx) -> Any:
    """Cancel a message with the SDK."""
    return client.messages.cancel_scheduled(ref)


async def test_a_scheduled_message_waits_and_can_be_cancelled(site: httpx.AsyncClient) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    first, second = [await send(site, send_at=at) for _ in range(2)]
    assert first.to[0].status == "scheduled"
    assert await in_thread(tasks.call_back) == 0
    gone: Any = await ask(site, lambda client: client.messages.cancel_scheduled(first.id))
    assert gone.to[0].status == "cancelled"
    await in_thread(lambda: CapturedMessage.objects.get(ref=second.id).changes.update(due_at=timezone.now()))
    await in_thread(tasks.call_back)
    for message in (first, second):
        with pytest.raises(telnyx.UnprocessableEntityError):
            await ask(site, partial(cancel, message.id))


async def test_another_projects_messages_do_not_exist(site: httpx.AsyncClient) -> None:
    message = await send(site)
    _, key = await other_project(numbers=["+15005550006"])
    work: list[Callable[[Telnyx], Any]] = [
        lambda client: client.messages.retrieve(message.id),
        lambda client: client.messages.cancel_scheduled(message.id),
    ]
    for one in work:
        with pytest.raises(telnyx.NotFoundError):
            await ask(site, one, key)
    assert (await send(site, key, from_="+15005550006")).from_.phone_number == "+15005550006"
    pooled = await send(site, key, from_=None, messaging_profile_id=PROFILE)
    assert pooled.from_.phone_number == "+15005550006"
    with pytest.raises(telnyx.BadRequestError):
        await send(site, key)
    with pytest.raises(telnyx.AuthenticationError):
        await send(site, key.partition("_")[0])


async def test_a_message_to_a_public_number_is_on_its_page(site: httpx.AsyncClient, sql: Sql) -> None:
    secrets = {"signing_key": "x", "books": "y"}
    await in_thread(lambda: make_lease(account=make_account(carrier="simulated", secrets=secrets)))
    message = await send(site, to="+15005550006")
    assert sql("SELECT carrier_ref, sender, flags FROM inbox_message") == [(message.id, FROM, ["captured"])]
