"""Verify sends codes in captured messages, and checks them within Twilio's limits, with the official SDK."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import tasks, verifications
from tests.conftest import Sql
from tests.inbox.capture.sdk import SID, TO, TOKEN, ask, make_login, refused

SERVICES = "/capture/twilio/v2/Services"
LANDLINE = "+442079460001"
Attempt = Callable[[Client], Any]


async def make_service(site: httpx.AsyncClient, **fields: Any) -> str:
    """The id of a service that the SDK made."""
    given = {"friendly_name": "ACME", **fields}
    service = await ask(site, lambda client: client.verify.v2.services.create(**given))
    return str(service.sid)


def start(service: str, **fields: Any) -> Attempt:
    """Start a verification with the SDK."""
    given = {"to": TO, "channel": "sms", **fields}
    return lambda client: client.verify.v2.services(service).verifications.create(**given)


def check(service: str, code: str, **target: Any) -> Attempt:
    """Check a code with the SDK."""
    given = {"code": code, **(target or {"to": TO})}
    return lambda client: client.verify.v2.services(service).verification_checks.create(**given)


def codes(sql: Sql) -> list[str]:
    """The codes in the captured messages, oldest first."""
    bodies = [body for (body,) in sql("SELECT body FROM sandbox_capturedmessage ORDER BY id")]
    return [re.findall(r"code is: (\w+)", body)[0] for body in bodies]


def wrong(code: str) -> str:
    """Another code of the same length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


async def test_a_code_arrives_and_a_check_approves_once(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site)
    started = await ask(site, start(service))
    assert (started.status, started.valid, started.to, started.channel) == ("pending", False, TO, "sms")
    assert (started.sid[:2], started.service_sid, started.account_sid) == ("VE", service, SID)
    assert len(started.send_code_attempts) == 1
    assert sql("SELECT recipient, sender, has_code, body FROM sandbox_capturedmessage") == [
        (TO, "Verify", True, f"Your ACME verification code is: {codes(sql)[0]}")
    ]
    (code,) = codes(sql)
    assert len(code) == 6
    failed = await ask(site, check(service, wrong(code)))
    assert (failed.status, failed.valid, failed.sid) == ("pending", False, started.sid)
    approved = await ask(site, check(service, code))
    assert (approved.status, approved.valid, approved.sid) == ("approved", True, started.sid)
    assert await refused(site, check(service, code)) == (404, 20404)
    assert await refused(
        site, lambda client: client.verify.v2.services(service).verifications(started.sid).fetch()
    ) == (404, 20404)
    await in_thread(tasks.call_back)
    assert sql("SELECT state FROM sandbox_capturedmessage") == [("delivered",)]


async def test_verifys_messages_are_not_among_the_accounts(site: httpx.AsyncClient) -> None:
    await ask(site, start(await make_service(site)))
    assert await ask(site, lambda client: client.messages.list()) == []


async def test_the_same_code_is_sent_again_at_most_five_times(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site)
    sent = [await ask(site, start(service)) for _ in range(5)]
    assert len({one.sid for one in sent}) == 1
    assert len(set(codes(sql))) == 1
    assert len(sent[-1].send_code_attempts) == 5
    assert len({one["attempt_sid"] for one in sent[-1].send_code_attempts}) == 5
    assert await refused(site, start(service)) == (429, 60203)
    assert len(codes(sql)) == 5
    # another recipient, and another service, are not concerned
    assert (await ask(site, start(service, to="+61491570158"))).status == "pending"
    assert (await ask(site, start(await make_service(site)))).status == "pending"
    assert (await ask(site, check(service, codes(sql)[0]))).status == "approved"
    assert (await ask(site, start(service))).sid != sent[0].sid


async def test_a_code_is_checked_at_most_five_times(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site)
    await ask(site, start(service))
    (code,) = codes(sql)
    for _ in range(5):
        assert (await ask(site, check(service, wrong(code)))).status == "pending"
    assert await refused(site, check(service, code)) == (429, 60202)
    assert await refused(site, start(service)) == (429, 60202)


async def test_a_verification_expires_after_ten_minutes(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site)
    first = await ask(site, start(service))
    ((left,),) = sql("SELECT expires_at - now() FROM sandbox_verification")
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    sql("UPDATE sandbox_verification SET expires_at = now()")
    (code,) = codes(sql)
    assert await refused(site, check(service, code)) == (404, 20404)
    assert await refused(site, check(service, code, verification_sid=first.sid)) == (404, 20404)
    assert (await ask(site, start(service))).sid != first.sid
    sql("UPDATE sandbox_verification SET expires_at = now() - interval '25 hours' WHERE state = 'expired'")
    assert await in_thread(verifications.forget) == 1


async def test_of_many_requests_at_a_time_one_starts_and_one_approves(
    site: httpx.AsyncClient, sql: Sql
) -> None:
    service = await make_service(site)
    address = f"{SERVICES}/{service}"
    form = {"To": TO, "Channel": "sms"}
    starts = [
        site.post(f"{address}/Verifications", data=form, auth=(SID, TOKEN))
        for _ in range(verifications.MOST_SENDS)
    ]
    answers = [answer.json() for answer in await asyncio.gather(*starts)]
    assert {answer.get("code", 60212) for answer in answers} == {60212}
    assert len({answer["sid"] for answer in answers if "sid" in answer}) == 1
    assert sql("SELECT count(*) FROM sandbox_verification") == [(1,)]
    form = {"To": TO, "Code": codes(sql)[0]}
    checks = [site.post(f"{address}/VerificationCheck", data=form, auth=(SID, TOKEN)) for _ in range(8)]
    answers = [answer.json() for answer in await asyncio.gather(*checks)]
    assert [answer["valid"] for answer in answers if "valid" in answer] == [True]
    assert {answer.get("code", 20404) for answer in answers} == {20404}


async def test_a_verification_is_fetched_cancelled_and_approved_by_hand(
    site: httpx.AsyncClient, sql: Sql
) -> None:
    service = await make_service(site)
    sid = (await ask(site, start(service))).sid

    def one(client: Client, target: str = sid) -> Any:
        return client.verify.v2.services(service).verifications(target)

    assert (await ask(site, lambda client: one(client).fetch())).status == "pending"
    assert (await ask(site, lambda client: one(client, TO).fetch())).sid == sid
    assert (await ask(site, lambda client: one(client).update(status="canceled"))).status == "canceled"
    assert await refused(site, check(service, codes(sql)[0])) == (404, 20404)
    assert await refused(site, lambda client: one(client).update(status="canceled")) == (404, 20404)
    again = (await ask(site, start(service))).sid
    assert again != sid
    approved = await ask(site, lambda client: one(client, again).update(status="approved"))
    assert (approved.status, approved.valid) == ("approved", True)
    assert await refused(site, lambda client: one(client, again).update(status="pending")) == (400, 60200)


async def test_a_check_can_name_the_verification(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site)
    sid = (await ask(site, start(service))).sid
    (code,) = codes(sql)
    assert await refused(site, check(service, code, verification_sid="VE" + "1" * 32)) == (404, 20404)
    other = {"verification_sid": sid, "to": "+61491570158"}
    assert await refused(site, check(service, code, **other)) == (404, 20404)
    assert (await ask(site, check(service, code, verification_sid=sid))).status == "approved"


async def test_texts_have_the_services_name_and_what_it_adds(site: httpx.AsyncClient, sql: Sql) -> None:
    service = await make_service(site, code_length=8, do_not_share_warning_enabled=True)
    await ask(site, start(service, custom_friendly_name="Other", app_hash="abcdefghijk", locale="de"))
    ((body,),) = sql("SELECT body FROM sandbox_capturedmessage")
    pattern = (
        r"<#> Your Other verification code is: \d{8}\. Don't share this code with anyone; "
        r"our employees will never ask for the code\.\nabcdefghijk"
    )
    assert re.fullmatch(pattern, body)


async def test_programs_give_codes_of_their_own_where_the_service_lets_them(
    site: httpx.AsyncClient, sql: Sql
) -> None:
    service = await make_service(site, custom_code_enabled=True)
    await ask(site, start(service, custom_code="12345"))
    assert codes(sql) == ["12345"]
    assert (await ask(site, check(service, "12345"))).status == "approved"
    strict = await make_service(site)
    assert await refused(site, start(strict, custom_code="12345")) == (400, 60204)


async def test_landlines_are_refused_where_the_service_says_so(site: httpx.AsyncClient) -> None:
    service = await make_service(site, skip_sms_to_landlines=True)
    assert await refused(site, start(service, to=LANDLINE)) == (403, 60205)
    assert (await ask(site, start(await make_service(site), to=LANDLINE))).status == "pending"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "hello"}, 60200),
        ({"to": "4155550100"}, 60200),
        ({"to": ""}, 60200),
        ({"to": "+15005550001"}, 60200),
        ({"to": "+1415555\0100"}, 60200),
        ({"channel": "call"}, 60200),
        ({"channel": ""}, 60200),
        ({"app_hash": "short"}, 60200),
        ({"locale": "no language"}, 60200),
        ({"custom_friendly_name": "x" * 33}, 60200),
        ({"custom_message": "hi"}, 60204),
        ({"template_sid": "HJ" + "1" * 32}, 60204),
        ({"amount": "1"}, 60204),
        ({"rate_limits": {"a": 1}}, 60204),
    ],
)
async def test_what_cannot_be_sent_is_refused(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], code: int
) -> None:
    service = await make_service(site)
    assert await refused(site, start(service, **fields)) == (400, code)
    assert sql("SELECT count(*) FROM sandbox_verification") == [(0,)]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Code": "123456"}, 60221),
        ({"To": TO}, 60200),
        ({"To": TO, "Code": "123"}, 60200),
        ({"To": TO, "Code": "12345678901"}, 60200),
        ({"To": TO, "Code": "12é4"}, 60200),
        ({"To": "\0", "Code": "123456"}, 60200),
    ],
)
async def test_checks_of_nothing_are_refused(
    site: httpx.AsyncClient, form: dict[str, str], code: int
) -> None:
    service = await make_service(site)
    await ask(site, start(service))
    answer = await site.post(f"{SERVICES}/{service}/VerificationCheck", data=form, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_service_is_made_changed_listed_and_deleted(site: httpx.AsyncClient) -> None:
    made = [await make_service(site, friendly_name=str(n)) for n in range(3)]
    listed = await ask(site, lambda client: client.verify.v2.services.list(page_size=2))
    assert [service.sid for service in listed] == made[::-1]
    first = made[0]
    changed = await ask(
        site, lambda client: client.verify.v2.services(first).update(friendly_name="Shop", code_length=4)
    )
    assert (changed.friendly_name, changed.code_length, changed.custom_code_enabled) == ("Shop", 4, False)
    fetched = await ask(site, lambda client: client.verify.v2.services(first).fetch())
    assert (fetched.friendly_name, fetched.date_created.tzinfo is not None) == ("Shop", True)
    await ask(site, start(first))
    assert await ask(site, lambda client: client.verify.v2.services(first).delete())
    assert await refused(site, start(first)) == (404, 20404)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 60200),
        ({"FriendlyName": "x" * 33}, 60200),
        ({"FriendlyName": "a\0"}, 60200),
        ({"FriendlyName": "a", "CodeLength": "3"}, 60200),
        ({"FriendlyName": "a", "CodeLength": "11"}, 60200),
        ({"FriendlyName": "a", "CodeLength": "x"}, 60200),
        ({"FriendlyName": "a", "LookupEnabled": "perhaps"}, 60200),
        ({"FriendlyName": "a", "Psd2Enabled": "true"}, 60204),
        ({"FriendlyName": "a", "Push.ApnCredentialSid": "CR1"}, 60204),
    ],
)
async def test_settings_are_checked(
    site: httpx.AsyncClient, sql: Sql, form: dict[str, str], code: int
) -> None:
    answer = await site.post(SERVICES, data=form, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sql("SELECT count(*) FROM sandbox_verifyservice") == [(0,)]


async def test_another_projects_services_do_not_exist(site: httpx.AsyncClient, sql: Sql) -> None:
    service, login = await make_service(site), await make_login()
    await ask(site, start(service))
    for attempt in (
        lambda client: client.verify.v2.services(service).fetch(),
        start(service),
        check(service, codes(sql)[0]),
        lambda client: client.verify.v2.services(service).verifications(TO).fetch(),
    ):
        assert await refused(site, attempt, *login) == (404, 20404)
