"""The official Twilio SDK sends to any number, and its errors are Twilio's."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import projects, tasks
from inbox.sandbox.models import CapturedMessage
from tests.conftest import Sql
from tests.forward_targets import Targets
from tests.inbox.capture.sdk import FROM, SERVICE, SID, TO, ask, create


async def test_the_sdk_sends_and_reads_the_resource(site: httpx.AsyncClient, sql: Sql) -> None:
    body = "Your code is 482913 " + "x" * 200
    message = await create(site, body=body)
    assert message.sid.startswith("SM")
    assert (message.status, message.direction, message.error_code) == ("queued", "outbound-api", None)
    assert (message.num_segments, message.num_media) == ("2", "0")
    assert (message.body, message.to, message.from_) == (body, TO, FROM)
    assert message.date_created.tzinfo is not None
    ((project, request),) = sql(
        "SELECT name, request FROM sandbox_capturedmessage m JOIN sandbox_project p ON p.id = m.project_id"
    )
    assert project == "default"
    assert (request["method"], request["path"][-14:]) == ("POST", "/Messages.json")
    assert "Your+code+is+482913" in request["body"]
    assert "authorization" not in request["headers"]
    assert request["headers"]["content-type"] == "application/x-www-form-urlencoded"


async def test_a_service_accepts_first_and_has_no_sender_yet(site: httpx.AsyncClient) -> None:
    message = await create(site, messaging_service_sid=SERVICE)
    assert (message.status, message.messaging_service_sid, message.from_) == ("accepted", SERVICE, None)
    assert message.num_segments == "0"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": "hello"}, 400, 21211),
        ({"to": "4155550100"}, 400, 21211),
        ({"to": "+1415555010"}, 400, 21211),
        ({"to": ""}, 400, 21604),
        ({"body": None}, 400, 21602),
        ({"body": ""}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"body": "a\x00b"}, 400, 21619),
        ({"from_": None}, 400, 21603),
        ({"from_": "+1415"}, 400, 21212),
        ({"from_": "a name of many letters"}, 400, 21212),
        ({"from_": "ACME", "to": "+14155550100"}, 400, 21612),
        ({"from_": TO}, 400, 21266),
        ({"messaging_service_sid": "MG1"}, 400, 21701),
        ({"media_url": ["ftp://example.com/a.png"]}, 400, 21620),
        ({"media_url": ["https://example.com/a.png"] * 11}, 400, 21623),
        ({"status_callback": "example.com"}, 400, 21609),
        ({"content_sid": "HX" + "1" * 32}, 400, 20001),
        ({"to": "+15005550001"}, 400, 21211),
        ({"to": "+15005550002"}, 400, 21612),
        ({"to": "+15005550003"}, 400, 21408),
        ({"to": "+15005550004"}, 400, 21610),
        ({"to": "+15005550009"}, 400, 21614),
        ({"from_": "+15005550001"}, 400, 21212),
        ({"from_": "+15005550007"}, 400, 21606),
        ({"from_": "+15005550008"}, 400, 21611),
        ({"token": "wrong"}, 401, 20003),
        ({"sid": "AC" + "2" * 32}, 401, 20003),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], status: int, code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await create(site, **fields)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.msg
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize("sender", ["+15005550006", "12345", "ACME"])
async def test_numbers_short_codes_and_names_can_send(site: httpx.AsyncClient, sender: str) -> None:
    assert (await create(site, from_=sender)).from_ == sender


async def test_a_project_with_numbers_sends_from_these_only(site: httpx.AsyncClient) -> None:
    project = await in_thread(lambda: projects.make("tests", numbers=["+15005550006"]))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="twilio"))
    assert credential
    login = {"sid": credential.login, "token": credential.sealed["auth_token"]}
    assert (await create(site, from_="+15005550006", **login)).from_ == "+15005550006"
    assert (await create(site, from_="ACME", **login)).from_ == "ACME"
    with pytest.raises(TwilioRestException) as caught:
        await create(site, from_=FROM, **login)
    assert caught.value.code == 21606


async def test_programs_are_told_by_signed_callbacks(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/status?a=b")
        plain = await create(site, status_callback=url)
        served = await create(site, messaging_service_sid=SERVICE, status_callback=url)
        await in_thread(tasks.call_back)
        told = [dict(httpx.QueryParams(request.body.decode())) for request in web.requests]
        for request, form in zip(web.requests, told, strict=True):
            assert RequestValidator("sandbox").validate(url, form, request.headers["x-twilio-signature"])
    assert [form["MessageStatus"] for form in told if form["MessageSid"] == plain.sid] == [
        "sent",
        "delivered",
    ]
    found = [form for form in told if form["MessageSid"] == served.sid]
    assert [form["MessageStatus"] for form in found] == ["queued", "sent", "delivered"]
    assert {form["MessagingServiceSid"] for form in found} == {SERVICE}
    assert (told[0]["AccountSid"], told[0]["To"], told[0]["ApiVersion"]) == (SID, TO, "2010-04-01")
    again = await ask(site, lambda client: client.messages(plain.sid).fetch())
    assert (again.status, again.date_sent is not None) == ("delivered", True)


def cancel(sid: str, client: Client) -> Any:
    """Cancel a message with the SDK."""
    return client.messages(sid).update(status="canceled")


async def test_a_scheduled_message_waits_and_can_be_cancelled(site: httpx.AsyncClient) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    timed: dict[str, Any] = {"messaging_service_sid": SERVICE, "schedule_type": "fixed", "send_at": at}
    with Targets() as web:
        first = await create(site, **timed, status_callback=web.url("/ok/status"))
        second = await create(site, **timed)
        assert (first.status, second.status) == ("scheduled", "scheduled")
        assert await in_thread(tasks.call_back) == 0
        gone = await ask(site, partial(cancel, first.sid))
        assert gone.status == "canceled"
        await in_thread(
            lambda: CapturedMessage.objects.get(ref=second.sid).changes.update(due_at=timezone.now())
        )
        await in_thread(tasks.call_back)
        assert [b"MessageStatus=canceled" in request.body for request in web.requests] == [True]
    sent = await ask(site, lambda client: client.messages(second.sid).fetch())
    assert (sent.status, sent.num_segments) == ("delivered", "1")
    for message in (first, second):
        with pytest.raises(TwilioRestException) as caught:
            await ask(site, partial(cancel, message.sid))
        assert (caught.value.status, caught.value.code) == (409, 30409)


@pytest.mark.parametrize(
    ("schedule_type", "send_at", "code"),
    [
        (None, datetime(2030, 1, 1, tzinfo=UTC), 35111),
        ("fixed", None, 35113),
        ("fixed", datetime(2020, 1, 1, tzinfo=UTC), 35114),
        ("fixed", datetime(2099, 1, 1, tzinfo=UTC), 35114),
    ],
)
async def test_schedules_are_checked(
    site: httpx.AsyncClient, schedule_type: str | None, send_at: datetime | None, code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await create(site, messaging_service_sid=SERVICE, schedule_type=schedule_type, send_at=send_at)
    assert caught.value.code == code
