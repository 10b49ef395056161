"""The official Infobip SDK works with the sandbox, but for its address; its errors are its own."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import infobip_api_client as infobip
import pytest
from infobip_api_client import exceptions
from infobip_api_client import models as typed_models
from infobip_api_client.api.sms_api import SmsApi

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, snippets, tasks
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, Receipt, Status
from tests.conftest import Sql
from tests.forward_targets import Targets

models: Any = typed_models  # it exports its classes by hand, which type checkers do not see
KEY = "sandbox"
FROM, TO, OTHER = "14155550100", "61491570157", "14155550199"
CALLBACK_LOGIN = {"username": KEY, "password": KEY}
Ask = Callable[..., Any]
_Result = TypeVar("_Result")


@pytest.fixture
def ask(address: str) -> Ask:
    """Do something with the SMS part of the SDK, in a thread of its own."""

    async def run(work: Callable[[Any], _Result], key: str = KEY) -> _Result:
        client = infobip.ApiClient(infobip.Configuration(host=f"{address}/capture/infobip", api_key=key))
        try:
            return await asyncio.to_thread(work, SmsApi(client))
        finally:
            client.rest_client.pool_manager.clear()

    return run


def message(text: str = "Your code is 482913", to: tuple[str, ...] = (TO,), **changes: Any) -> Any:
    """A message from and to some number unless given."""
    content = models.SmsMessageContent(models.SmsTextContent(text=text))
    destinations = [models.SmsDestination(to=one) for one in to]
    return models.SmsMessage(**{"sender": FROM, "destinations": destinations, "content": content, **changes})


def send(*messages: Any, key: str = KEY, options: Any = None) -> tuple[Any, ...]:
    """What `ask` takes to send messages."""
    request = models.SmsRequest(messages=list(messages), options=options)
    return (lambda sms: sms.send_sms_messages(request), key)


async def own_key(name: str, **values: Any) -> str:
    """The API key of a new project."""
    project = await in_thread(lambda: projects.make(name, **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="infobip"))
    assert credential
    return str(credential.sealed["api_key"])


async def test_the_sdk_sends_and_reads_the_answer(ask: Ask, sql: Sql) -> None:
    options = models.SmsMessageRequestOptions(includeSmsCountInResponse=True)
    bulk = await ask(*send(message("x" * 200, (TO, OTHER, "hello")), message(sender="ACME"), options=options))
    assert len({one.message_id for one in bulk.messages}) == 4
    assert [(one.destination, one.status.group_name) for one in bulk.messages] == [
        (TO, "PENDING"),
        (OTHER, "PENDING"),
        ("hello", "REJECTED"),
        (TO, "PENDING"),
    ]
    assert [one.details.message_count if one.details else None for one in bulk.messages] == [2, 2, None, 1]
    assert sql("SELECT sender, recipient FROM sandbox_capturedmessage ORDER BY id") == [
        ("+14155550100", "+61491570157"),
        ("+14155550100", "+14155550199"),
        ("ACME", "+61491570157"),
    ]
    ((request,),) = sql("SELECT request FROM sandbox_capturedmessage LIMIT 1")
    assert "authorization" not in request["headers"]


async def test_two_programs_may_use_the_same_message_id(ask: Ask, sql: Sql) -> None:
    named = [models.SmsDestination(to=TO, messageId="mine")]
    for key in (KEY, await own_key("tests")):
        bulk = await ask(*send(message(destinations=named), key=key))
        assert [one.message_id for one in bulk.messages] == ["mine"]
    assert sql("SELECT count(DISTINCT ref) FROM sandbox_capturedmessage") == [(2,)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": ""}, exceptions.BadRequestException),
        ({"text": "x" * 2001}, exceptions.BadRequestException),
        ({"text": "a\0b"}, exceptions.BadRequestException),
        ({"sender": "a name of many letters"}, exceptions.BadRequestException),
        ({"to": ()}, exceptions.BadRequestException),
        ({"to": ("",)}, exceptions.BadRequestException),
        ({"webhooks": models.SmsWebhooks(contentType="application/xml")}, exceptions.BadRequestException),
        (
            {"webhooks": models.SmsWebhooks(delivery=models.SmsMessageDeliveryReporting(url="example.com"))},
            exceptions.BadRequestException,
        ),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    ask: Ask, sql: Sql, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        await ask(*send(message(**changes)))
    assert json.loads(caught.value.body)["errorCode"] == "E400"  # type: ignore[attr-defined]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_key_that_nobody_has_is_refused(ask: Ask) -> None:
    for key in ("wrong", "sandbox-wrong"):
        with pytest.raises(exceptions.UnauthorizedException):
            await ask(*send(message(), key=key))


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask, sql: Sql) -> None:
    key = await own_key("tests", numbers=["+15005550006"])
    await ask(*send(message(sender="15005550006"), message(sender=None), message(sender="ACME"), key=key))
    assert sql("SELECT sender FROM sandbox_capturedmessage ORDER BY id") == [
        ("+15005550006",),
        ("+15005550006",),
        ("ACME",),
    ]
    with pytest.raises(exceptions.BadRequestException):
        await ask(*send(message(), key=key))


@pytest.mark.parametrize(
    ("intermediate", "groups"), [(False, ["DELIVERED"]), (True, ["PENDING", "DELIVERED"])]
)
async def test_programs_are_told(ask: Ask, intermediate: bool, groups: list[str]) -> None:
    carrier = carriers.get("infobip")
    with Targets() as web:
        url = web.url("/ok/status")
        delivery = models.SmsMessageDeliveryReporting(url=url, intermediateReport=intermediate)
        webhooks = models.SmsWebhooks(delivery=delivery, callbackData="order 5")
        sent = await ask(*send(message(webhooks=webhooks)))
        await in_thread(tasks.call_back)
        told = []
        for request in web.requests:
            received = Request("POST", url, request.headers, request.body)
            carrier.verify(received, CALLBACK_LOGIN, 0)
            (report,) = models.SmsDeliveryResult.from_json(request.body.decode()).results
            assert (report.message_id, report.callback_data) == (sent.messages[0].message_id, "order 5")
            (receipt,) = carrier.parse(received)
            assert isinstance(receipt, Receipt)
            assert receipt.status in (Status.SENT, Status.DELIVERED)
            told.append(report.status.group_name.value)
    assert told == groups


async def test_messages_to_the_program_are_infobips(ask: Ask) -> None:
    carrier = carriers.get("infobip")
    with Targets() as web:
        url = web.url("/ok/sms")
        await in_thread(
            lambda: inbound.send(projects.ensure_default(), "infobip", "+" + TO, "+" + FROM, "STOP ä", url)
        )
        await in_thread(tasks.call_back)
        (request,) = web.requests
    received = Request("POST", url, request.headers, request.body)
    carrier.verify(received, CALLBACK_LOGIN, 0)
    (found,) = models.SmsInboundMessageResult.from_json(request.body.decode()).results
    (read,) = carrier.parse(received)
    assert isinstance(read, Inbound)
    assert (found.message_id, found.text, read.body) == (read.ref, "STOP ä", "STOP ä")
    pulled = await ask(lambda sms: sms.get_inbound_sms_messages(limit=10))
    assert [one.message_id for one in pulled.results] == [read.ref]
    assert (await ask(lambda sms: sms.get_inbound_sms_messages(limit=10))).results == []


async def test_reports_are_given_once_and_logs_always(ask: Ask) -> None:
    sent = await ask(*send(message("one"), message("two", (OTHER,))))
    assert (await ask(lambda sms: sms.get_outbound_sms_message_delivery_reports())).results == []
    await in_thread(tasks.call_back)
    first = await ask(lambda sms: sms.get_outbound_sms_message_delivery_reports(limit=1))
    rest = await ask(lambda sms: sms.get_outbound_sms_message_delivery_reports(bulk_id=sent.bulk_id))
    assert [one.to for one in [*first.results, *rest.results]] == [OTHER, TO]
    assert (await ask(lambda sms: sms.get_outbound_sms_message_delivery_reports())).results == []
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["two", "one"]),
        ({"destination": TO}, ["one"]),
        ({"sender": "+" + FROM, "limit": 1}, ["two"]),
        ({"general_status": "DELIVERED"}, ["two", "one"]),
        ({"general_status": "PENDING"}, []),
        ({"message_id": [sent.messages[0].message_id]}, ["one"]),
        ({"sent_since": datetime.now(UTC) + timedelta(hours=1)}, []),
    ]
    for filters, bodies in cases:
        found = await ask(lambda sms, asked=filters: sms.get_outbound_sms_message_logs(**asked))
        assert [one.content.actual_instance.text for one in found.results] == bodies, filters


async def test_a_bulk_can_be_scheduled(ask: Ask, sql: Sql) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    schedule = models.SmsRequestSchedulingSettings(bulkId="mine", sendAt=at)
    sent = await ask(*send(message(), options=models.SmsMessageRequestOptions(schedule=schedule)))
    assert (sent.bulk_id, await in_thread(tasks.call_back)) == ("mine", 0)
    assert sql("SELECT state FROM sandbox_capturedmessage") == [("scheduled",)]


async def test_another_projects_messages_do_not_exist(ask: Ask) -> None:
    await ask(*send(message()))
    await in_thread(tasks.call_back)
    key = await own_key("tests")
    assert (await ask(lambda sms: sms.get_outbound_sms_message_logs(), key)).results == []
    assert (await ask(lambda sms: sms.get_outbound_sms_message_delivery_reports(), key)).results == []


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    right = {"Authorization": f"App {KEY}"}
    path = "/capture/infobip/sms/3/messages"
    good = {"sender": FROM, "destinations": [{"to": TO}], "content": {"text": "hi"}}
    cases: list[tuple[str, str, Any, int]] = [
        ("GET", "/capture/infobip/sms/4/messages", None, 404),
        ("GET", path, None, 405),
        ("POST", path, "text", 400),
        ("POST", path, {"messages": []}, 400),
        ("POST", path, {"messages": {}}, 400),
        ("POST", path, {"messages": [5]}, 400),
        ("POST", path, {"messages": [{**good, "content": "hi"}]}, 400),
        ("POST", path, {"messages": [{**good, "content": {"text": 5}}]}, 400),
        ("POST", path, {"messages": [{**good, "destinations": {"to": TO}}]}, 400),
        ("POST", path, {"messages": [{**good, "destinations": [{"to": 5}]}]}, 400),
        ("POST", path, {"messages": [{**good, "destinations": [{"to": TO}] * 1001}]}, 400),
        ("POST", path, {"messages": [good], "options": {"schedule": {"sendAt": "soon"}}}, 400),
        ("POST", path, {"messages": [{**good, "content": {"text": "x" * 600_000}}]}, 413),
        ("GET", "/capture/infobip/sms/3/logs?limit=5000", None, 400),
        ("GET", "/capture/infobip/sms/3/logs?sender=%00", None, 400),
        ("GET", "/capture/infobip/sms/3/logs?sentSince=today", None, 400),
        ("GET", "/capture/infobip/sms/3/logs?generalStatus=LOST", None, 400),
    ]
    for method, address, body, status in cases:
        answer = await site.request(method, address, json=body, headers=right)
        assert answer.status_code == status, (method, address, body)
        assert answer.json()["errorCode"] == f"E{status}"
    assert (await site.post(path, json={"messages": [good]})).status_code == 401
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_the_program_to_copy_sends(address: str, sql: Sql) -> None:
    code = snippets.of_carrier("infobip", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == [
        ("+14155550199", "Your code is 482913")
    ]
