"""Messaging Services have a pool of senders, which their messages are sent from."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.capture.twilio import service_senders
from inbox.sandbox import projects, services, tasks
from tests.conftest import Sql
from tests.forward_targets import Targets
from tests.inbox.capture.sdk import SERVICE, SID, TO, TOKEN, ask, create, make_login, refused

SERVICES = "/capture/twilio/v1/Services"
US, BRITISH = "+14155550142", "+447700900001"


async def make_service(site: httpx.AsyncClient, **fields: Any) -> Any:
    """A service that the SDK made."""
    given = {"friendly_name": "codes", **fields}
    return await ask(site, lambda client: client.messaging.v1.services.create(**given))


async def add_number(site: httpx.AsyncClient, service: str, e164: str) -> Any:
    """Buy a number, and add it to a service."""

    def work(client: Client) -> Any:
        number = client.incoming_phone_numbers.create(phone_number=e164)
        return client.messaging.v1.services(service).phone_numbers.create(phone_number_sid=number.sid)

    return await ask(site, work)


async def test_a_service_is_made_changed_and_deleted(site: httpx.AsyncClient) -> None:
    service = await make_service(site, inbound_request_url="https://example.com/in", sticky_sender=False)
    sid = service.sid
    assert sid.startswith("MG")
    assert (service.friendly_name, service.account_sid) == ("codes", SID)
    assert (service.sticky_sender, service.mms_converter, service.validity_period) == (False, True, 36_000)
    assert (service.inbound_request_url, service.fallback_url) == ("https://example.com/in", None)
    changed = await ask(
        site,
        lambda client: client.messaging.v1.services(sid).update(
            friendly_name="alerts", status_callback="https://example.com/s", validity_period=60
        ),
    )
    assert (changed.friendly_name, changed.validity_period) == ("alerts", 60)
    assert (changed.sticky_sender, changed.inbound_request_url) == (False, "https://example.com/in")
    fetched = await ask(site, lambda client: client.messaging.v1.services(sid).fetch())
    assert fetched.status_callback == "https://example.com/s"
    assert fetched.date_created.tzinfo is not None
    assert await ask(site, lambda client: client.messaging.v1.services(sid).delete())
    assert await refused(site, lambda client: client.messaging.v1.services(sid).fetch()) == (404, 20404)


async def test_services_are_listed_by_page(site: httpx.AsyncClient) -> None:
    made = [(await make_service(site, friendly_name=str(n))).sid for n in range(5)]
    listed = await ask(site, lambda client: client.messaging.v1.services.list(page_size=2))
    assert [service.sid for service in listed] == made[::-1]


async def check_sender(site: httpx.AsyncClient, service: str, folder: str, sid: str) -> None:
    """A sender is listed and fetched until it is removed."""

    def senders(client: Client) -> Any:
        return getattr(client.messaging.v1.services(service), folder)

    (listed,) = await ask(site, lambda client: senders(client).list())
    assert listed.sid == sid
    assert (await ask(site, lambda client: senders(client)(sid).fetch())).sid == sid
    assert await ask(site, lambda client: senders(client)(sid).delete())
    assert await refused(site, lambda client: senders(client)(sid).fetch()) == (404, 20404)


async def test_senders_are_added_listed_and_removed(site: httpx.AsyncClient) -> None:
    service = (await make_service(site)).sid
    number = await add_number(site, service, US)
    assert (number.phone_number, number.country_code) == (US, "US")
    assert (number.service_sid, number.capabilities) == (service, ["Voice", "SMS", "MMS"])

    def add_name(client: Client) -> Any:
        return client.messaging.v1.services(service).alpha_senders.create(alpha_sender="ACME")

    name = await ask(site, add_name)
    assert (name.alpha_sender, name.sid[:2], name.capabilities) == ("ACME", "AI", ["SMS"])
    for folder, sender in (("phone_numbers", number), ("alpha_senders", name)):
        await check_sender(site, service, folder, sender.sid)
    # the number itself is still the account's
    assert len(await ask(site, lambda client: client.incoming_phone_numbers.list())) == 1


async def test_a_number_is_in_one_service_at_a_time(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (await make_service(site)).sid, (await make_service(site)).sid
    number = await add_number(site, first, US)

    def add(service: str, sid: str) -> Callable[[Client], Any]:
        return lambda client: client.messaging.v1.services(service).phone_numbers.create(phone_number_sid=sid)

    assert await refused(site, add(first, number.sid)) == (409, 21710)
    assert await refused(site, add(second, number.sid)) == (409, 21712)
    assert await refused(site, add(first, "PN" + "1" * 32)) == (400, 21421)
    monkeypatch.setattr(service_senders, "MOST", 1)
    other = await ask(site, lambda client: client.incoming_phone_numbers.create(phone_number=BRITISH))
    assert await refused(site, add(first, other.sid)) == (400, 21714)


@pytest.mark.parametrize("name", ["", "12345", "a name of many letters", "ACME!", "a\0b"])
async def test_names_are_checked(site: httpx.AsyncClient, name: str) -> None:
    service = (await make_service(site)).sid
    answer = await site.post(
        f"{SERVICES}/{service}/AlphaSenders", data={"AlphaSender": name}, auth=(SID, TOKEN)
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_service_has_one_name(site: httpx.AsyncClient) -> None:
    service = (await make_service(site)).sid

    def add(client: Client) -> Any:
        return client.messaging.v1.services(service).alpha_senders.create(alpha_sender="ACME")

    await ask(site, add)
    assert await refused(site, add) == (400, 20001)


async def test_messages_are_sent_from_the_pool(site: httpx.AsyncClient, sql: Sql) -> None:
    service = (await make_service(site)).sid
    for e164 in (US, BRITISH, "+442079460001"):
        await add_number(site, service, e164)
    recipients = [f"+447911123{n:03}" for n in range(30)]
    for to in ["+14155550100", *recipients, *recipients]:
        await create(site, to=to, messaging_service_sid=service)
    rows = sql("SELECT DISTINCT recipient, sender FROM sandbox_capturedmessage ORDER BY recipient")
    senders: dict[str, str] = dict(rows)
    assert len(rows) == 31  # the same recipient has always had the same sender
    assert senders.pop("+14155550100") == US
    assert set(senders.values()) == {BRITISH, "+442079460001"}


async def test_a_name_sends_where_names_can(site: httpx.AsyncClient, sql: Sql) -> None:
    service = (await make_service(site)).sid
    await add_number(site, service, US)
    await ask(
        site,
        lambda client: client.messaging.v1.services(service).alpha_senders.create(alpha_sender="ACME"),
    )
    await create(site, to=TO, messaging_service_sid=service)
    await create(site, to="+14155550100", messaging_service_sid=service)
    assert sql("SELECT sender FROM sandbox_capturedmessage ORDER BY id") == [("ACME",), (US,)]
    sent = await create(site, to=TO, from_=US, messaging_service_sid=service)
    assert sql("SELECT sender FROM sandbox_capturedmessage WHERE ref = %s", sent.sid) == [(US,)]


async def test_a_pool_that_cannot_send_is_refused(site: httpx.AsyncClient) -> None:
    service = (await make_service(site)).sid

    def send(**fields: Any) -> Callable[[Client], Any]:
        return lambda client: client.messages.create(body="a", **{"to": TO, **fields})

    assert await refused(site, send(messaging_service_sid=service)) == (400, 21704)
    await ask(
        site,
        lambda client: client.messaging.v1.services(service).alpha_senders.create(alpha_sender="ACME"),
    )
    assert await refused(site, send(messaging_service_sid=service, to="+14155550100")) == (400, 21704)
    assert await refused(site, send(messaging_service_sid=service, from_=US)) == (400, 21711)
    assert await refused(site, send(messaging_service_sid=SERVICE)) == (400, 21701)


async def test_without_services_every_one_is_taken_for_one(site: httpx.AsyncClient) -> None:
    assert (await create(site, messaging_service_sid=SERVICE)).messaging_service_sid == SERVICE


async def test_a_services_callback_is_called_unless_the_message_has_its_own(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        service = (await make_service(site, status_callback=web.url("/ok/service"))).sid
        await add_number(site, service, US)
        await create(site, messaging_service_sid=service)
        await create(site, messaging_service_sid=service, status_callback=web.url("/ok/own"))
        await in_thread(tasks.call_back)
        assert (len(web.at("/ok/service")), len(web.at("/ok/own"))) == (3, 3)
        assert f"MessagingServiceSid={service}".encode() in web.at("/ok/service")[0].body


async def test_messages_to_a_services_number_come_where_the_service_says(site: httpx.AsyncClient) -> None:
    service = (await make_service(site, inbound_request_url="http://127.0.0.1:5000/service")).sid
    number = (await add_number(site, service, US)).sid
    await ask(
        site,
        lambda client: client.incoming_phone_numbers(number).update(sms_url="http://127.0.0.1:5000/number"),
    )
    project = await in_thread(projects.ensure_default)
    assert project

    async def url() -> str | None:
        return await in_thread(lambda: services.find_inbound_url(project, "twilio", US))

    assert await url() == "http://127.0.0.1:5000/service"
    await ask(
        site,
        lambda client: client.messaging.v1.services(service).update(use_inbound_webhook_on_number=True),
    )
    assert await url() == "http://127.0.0.1:5000/number"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"FriendlyName": ""},
        {"FriendlyName": "x" * 65},
        {"FriendlyName": "a\0b"},
        {"FriendlyName": "a", "InboundRequestUrl": "example"},
        {"FriendlyName": "a", "StatusCallback": "http://" + "x" * 2000},
        {"FriendlyName": "a", "InboundMethod": "PUT"},
        {"FriendlyName": "a", "StickySender": "perhaps"},
        {"FriendlyName": "a", "ValidityPeriod": "0"},
        {"FriendlyName": "a", "ValidityPeriod": "-1"},
        {"FriendlyName": "a", "ScanMessageContent": "x"},
    ],
)
async def test_settings_are_checked(site: httpx.AsyncClient, sql: Sql, form: dict[str, str]) -> None:
    answer = await site.post(SERVICES, data=form, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert sql("SELECT count(*) FROM sandbox_messagingservice") == [(0,)]


async def test_another_projects_services_do_not_exist(site: httpx.AsyncClient) -> None:
    service, login = (await make_service(site)).sid, await make_login()
    assert await ask(site, lambda client: client.messaging.v1.services.list(), *login) == []
    for attempt in (
        lambda client: client.messaging.v1.services(service).fetch(),
        lambda client: client.messaging.v1.services(service).delete(),
        lambda client: client.messaging.v1.services(service).phone_numbers.list(),
        lambda client: client.messaging.v1.services(service).alpha_senders.create(alpha_sender="ACME"),
    ):
        assert await refused(site, attempt, *login) == (404, 20404)
    answer = await site.get(SERVICES)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
