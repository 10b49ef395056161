"""The official Sinch SDK works with the sandbox, but for its address; its errors and validator are its own."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from sinch import SinchClient
from sinch.domains.sms.api.v1.exceptions import SmsException
from sinch.domains.sms.sinch_events.v1.sms_sinch_event import SmsSinchEvent

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, snippets, tasks
from tests.conftest import Sql
from tests.forward_targets import Targets

PLAN = TOKEN = "sandbox"
FROM, TO, OTHER = "14155550100", "61491570157", "14155550199"
Ask = Callable[..., Any]
_Result = TypeVar("_Result")


@pytest.fixture
def ask(address: str) -> Ask:
    """Do something with the SMS part of the SDK, in a thread of its own."""

    async def run(work: Callable[[Any], _Result], plan: str = PLAN, token: str = TOKEN) -> _Result:
        client = SinchClient(service_plan_id=plan, sms_api_token=token, sms_region="us")
        client.configuration.sms_domain_with_service_plan_id = f"{address}/capture/sinch"
        return await asyncio.to_thread(work, client.sms)

    return run


def send(plan: str = PLAN, token: str = TOKEN, **changes: Any) -> tuple[Any, ...]:
    """What `ask` takes to send a batch from and to some number unless given."""
    fields = {"to": [TO], "from_": FROM, "body": "Your code is 482913", **changes}
    return (lambda sms: sms.batches.send_sms(**fields), plan, token)


async def own_login(name: str, **values: Any) -> tuple[str, str]:
    """The service plan and token of a new project."""
    project = await in_thread(lambda: projects.make(name, **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="sinch"))
    assert credential
    return credential.login, credential.sealed["api_token"]


async def test_the_sdk_sends_and_reads_the_batch(ask: Ask, sql: Sql) -> None:
    batch = await ask(*send(to=[TO, OTHER], client_reference="order 5"))
    assert (batch.to, batch.from_, batch.type, batch.canceled) == ([TO, OTHER], FROM, "mt_text", False)
    assert sql("SELECT sender, recipient, body FROM sandbox_capturedmessage ORDER BY id") == [
        ("+14155550100", "+61491570157", "Your code is 482913"),
        ("+14155550100", "+14155550199", "Your code is 482913"),
    ]
    found = await ask(lambda sms: sms.batches.get(batch.id))
    assert (found.id, found.body, found.client_reference) == (batch.id, "Your code is 482913", "order 5")
    assert found.created_at.tzinfo is not None
    ((request,),) = sql("SELECT request FROM sandbox_capturedmessage LIMIT 1")
    assert "authorization" not in request["headers"]


async def test_texts_are_filled_in_for_each_recipient(ask: Ask, sql: Sql) -> None:
    parameters = {"name": {TO: "Al", "default": "you"}, "x": {}}
    await ask(*send(to=[TO, OTHER], body="Hi ${name}, ${x}", parameters=parameters))
    assert sql("SELECT body FROM sandbox_capturedmessage ORDER BY id") == [
        ("Hi Al, ${x}",),
        ("Hi you, ${x}",),
    ]


async def test_files_are_sent(ask: Ask, sql: Sql) -> None:
    body = {"url": "https://example.com/a.png", "message": "look"}
    batch = await ask(lambda sms: sms.batches.send_mms(to=[TO], from_=FROM, body=body))
    assert (batch.type, batch.body.url) == ("mt_media", "https://example.com/a.png")
    assert sql("SELECT body, media FROM sandbox_capturedmessage") == [("look", ["https://example.com/a.png"])]


async def test_a_dry_run_sends_nothing(ask: Ask, sql: Sql) -> None:
    told = await ask(
        lambda sms: sms.batches.dry_run_sms(to=[TO, OTHER], from_=FROM, body="x" * 200, per_recipient=True)
    )
    assert (told.number_of_recipients, told.number_of_messages) == (2, 4)
    assert [(one.recipient, one.number_of_parts) for one in told.per_recipient] == [(TO, 2), (OTHER, 2)]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"to": []}, 400),
        ({"to": ["hello"]}, 400),
        ({"to": ["123"]}, 400),
        ({"to": [f"614915{n:05}" for n in range(1001)]}, 400),
        ({"body": ""}, 400),
        ({"body": "x" * 2001}, 400),
        ({"body": "a\0b"}, 400),
        ({"body": "${a}" * 400, "parameters": {"a": {"default": "x" * 99}}}, 400),
        ({"from_": "a name of many letters"}, 400),
        ({"from_": ""}, 400),
        ({"from_": TO}, 400),
        ({"delivery_report": "sometimes"}, 400),
        ({"event_destination_target": "example.com"}, 400),
        ({"client_reference": "x" * 256}, 400),
        ({"token": "wrong"}, 401),
        ({"plan": "other"}, 401),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    ask: Ask, sql: Sql, fields: dict[str, Any], status: int
) -> None:
    with pytest.raises(SmsException) as caught:
        await ask(*send(**fields))
    assert caught.value.response_status_code == status
    assert caught.value.http_response.body["text"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask, sql: Sql) -> None:
    login = await own_login("tests", numbers=["+15005550006"])
    for sender in ("15005550006", "ACME", ""):
        await ask(*send(*login, from_=sender))
    assert sql("SELECT sender FROM sandbox_capturedmessage ORDER BY id") == [
        ("+15005550006",),
        ("ACME",),
        ("+15005550006",),
    ]
    with pytest.raises(SmsException):
        await ask(*send(*login))


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("none", []),
        ("per_recipient_final", [(TO, "Delivered"), (OTHER, "Delivered")]),
        (
            "per_recipient",
            [(TO, "Dispatched"), (OTHER, "Dispatched"), (TO, "Delivered"), (OTHER, "Delivered")],
        ),
        ("summary", [(None, "Delivered")]),
        ("full", [(TO + OTHER, "Delivered")]),
    ],
)
async def test_programs_are_told_what_they_asked_for_and_the_sdk_validates_it(
    ask: Ask, report: str, told: list[Any]
) -> None:
    events = SmsSinchEvent(TOKEN)
    with Targets() as web:
        target = {"delivery_report": report, "event_destination_target": web.url("/ok/status")}
        batch = await ask(*send(to=[TO, OTHER], client_reference="order 5", **target))
        await in_thread(tasks.call_back)
        heard = []
        for request in web.requests:
            assert events.validate_authentication_header(request.headers, request.body)
            assert not events.validate_authentication_header(request.headers, request.body + b" ")
            event = events.parse_event(request.body, request.headers)
            assert (event.batch_id, event.client_reference) == (batch.id, "order 5")
            if report.startswith("per_"):
                heard.append((event.recipient, event.status))
            else:
                assert event.total_message_count == 2
                (status,) = event.statuses
                assert (status.code, status.count) == (0, 2)
                heard.append(("".join(status.recipients or []) or None, status.status))
    assert sorted(heard, key=str) == sorted(told, key=str)


async def test_reports_can_be_asked_for(ask: Ask) -> None:
    batch = await ask(*send(to=[TO, OTHER]))
    await in_thread(tasks.call_back)
    full = await ask(lambda sms: sms.delivery_reports.get(batch.id, report_type="full"))
    assert [(one.status, one.code, one.recipients) for one in full.statuses] == [
        ("Delivered", 0, [TO, OTHER])
    ]
    none = await ask(lambda sms: sms.delivery_reports.get(batch.id, status=["QUEUED"]))
    assert (none.statuses, none.total_message_count) == ([], 0)
    one = await ask(lambda sms: sms.delivery_reports.get_for_number(batch.id, OTHER))
    assert (one.recipient, one.status, one.code, one.number_of_message_parts) == (OTHER, "Delivered", 0, 1)
    listed = await ask(lambda sms: sms.delivery_reports.list(status=["DELIVERED"], code=[0]))
    assert [one.recipient for one in listed.content()] == [OTHER, TO]


async def test_batches_are_listed_by_page_and_filter(ask: Ask) -> None:
    sent = [await ask(*send(to=[TO, OTHER], body=str(n))) for n in range(4)]
    await ask(*send(from_="ACME", client_reference="a", body="other"))
    every = await ask(lambda sms: [one.body for one in sms.batches.list(page_size=2).iterator()])
    assert every == ["other", "3", "2", "1", "0"]
    named = await ask(lambda sms: list(sms.batches.list(from_=["ACME"], client_reference="a").content()))
    assert [one.body for one in named] == ["other"]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await ask(lambda sms: list(sms.batches.list(start_date=later).content())) == []
    assert len({one.id for one in sent}) == 4


async def test_a_scheduled_batch_waits_and_can_be_cancelled(ask: Ask, sql: Sql) -> None:
    batch = await ask(*send(to=[TO, OTHER], send_at=datetime.now(UTC) + timedelta(hours=1)))
    assert await in_thread(tasks.call_back) == 0
    gone = await ask(lambda sms: sms.batches.cancel(batch.id))
    assert gone.canceled is True
    assert sql("SELECT DISTINCT state FROM sandbox_capturedmessage") == [("canceled",)]
    sent = await ask(*send())
    assert (await ask(lambda sms: sms.batches.cancel(sent.id))).canceled is False


async def test_messages_to_the_program_are_sinchs(ask: Ask) -> None:
    events = SmsSinchEvent(TOKEN)
    with Targets() as web:
        await in_thread(
            lambda: inbound.send(
                projects.ensure_default(), "sinch", "+" + TO, "+" + FROM, "STOP ä", web.url("/ok/sms")
            )
        )
        await in_thread(tasks.call_back)
        (request,) = web.requests
        assert events.validate_authentication_header(request.headers, request.body)
        event = events.parse_event(request.body, request.headers)
    assert (event.type, event.from_, event.to, event.body) == ("mo_text", TO, FROM, "STOP ä")
    (listed,) = await ask(lambda sms: list(sms.inbounds.list(to=[FROM]).content()))
    assert (listed.id, listed.body) == (event.id, "STOP ä")
    assert (await ask(lambda sms: sms.inbounds.get(event.id))).from_ == TO


async def test_another_projects_batches_do_not_exist(ask: Ask) -> None:
    batch = await ask(*send())
    login = await own_login("tests")
    assert await ask(lambda sms: list(sms.batches.list().content()), *login) == []
    for work in (
        lambda sms: sms.batches.get(batch.id),
        lambda sms: sms.batches.cancel(batch.id),
        lambda sms: sms.delivery_reports.get(batch.id),
        lambda sms: sms.inbounds.get(batch.id),
    ):
        with pytest.raises(SmsException) as caught:
            await ask(work, *login)
        assert caught.value.response_status_code == 404


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    path, right = f"/capture/sinch/xms/v1/{PLAN}", {"Authorization": f"Bearer {TOKEN}"}
    good = {"from": FROM, "to": [TO], "body": "hi"}
    for method, address, body, status in [
        ("GET", path, None, 404),
        ("PUT", f"{path}/batches", None, 405),
        ("POST", f"{path}/batches", "text", 400),
        ("POST", f"{path}/batches", {**good, "to": TO}, 400),
        ("POST", f"{path}/batches", {**good, "to": [5]}, 400),
        ("POST", f"{path}/batches", {**good, "body": {"url": "a"}}, 400),
        ("POST", f"{path}/batches", {**good, "type": "mt_media"}, 400),
        ("POST", f"{path}/batches", {**good, "type": "mt_binary"}, 400),
        ("POST", f"{path}/batches", {**good, "send_at": "soon"}, 400),
        ("POST", f"{path}/batches", {**good, "body": "x" * 70_000}, 413),
        ("GET", f"{path}/batches?page_size=1000", None, 400),
        ("GET", f"{path}/batches?from=%00", None, 400),
        ("GET", f"{path}/batches?start_date=today", None, 400),
        ("GET", f"{path}/delivery_reports?status=LOST", None, 400),
        ("GET", f"{path}/batches/01A/delivery_report", None, 404),
        ("GET", f"{path}/batches/01A/delivery_report/{TO}", None, 404),
    ]:
        answer = await site.request(method, address, json=body, headers=right)
        assert answer.status_code == status, (method, address, body)
        assert set(json.loads(answer.content)) == {"code", "text"}
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_the_program_to_copy_sends(address: str, sql: Sql) -> None:
    code = snippets.of_carrier("sinch", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == [
        ("+14155550199", "Your code is 482913")
    ]
