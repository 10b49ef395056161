"""Vonage's Verify v2 with the official SDK: codes by SMS, checks, cancelling."""

import asyncio
from typing import Any

import httpx
import pytest
from vonage_http_client.errors import AuthenticationError, HttpRequestError, NotFoundError
from vonage_verify import SmsChannel, VerifyRequest

from inbox.api.threads import in_thread
from inbox.sandbox.models import CapturedMessage
from tests.conftest import Sql
from tests.inbox.capture.vonage_sdk import BASE, TO, ask

PATH = BASE.removeprefix("http://127.0.0.1:8000") + "/v2/verify"
AUTH = ("sandbox", "sandbox")
STEP = {"channel": "sms", "to": TO}


async def start(site: httpx.AsyncClient, to: str = TO, **values: Any) -> str:
    """The id of a verification that was begun."""
    request = VerifyRequest(brand="Acme", workflow=[SmsChannel(to=to)], **values)
    return str((await ask(site, lambda client: client.verify.start_verification(request))).request_id)


async def read_code() -> str:
    """The code of the newest message."""
    message = await in_thread(lambda: CapturedMessage.objects.order_by("-pk").first())
    assert message
    return message.body.partition(": ")[2].partition(".")[0]


async def check(site: httpx.AsyncClient, ref: str, code: str) -> Any:
    """Check a code."""
    return await ask(site, lambda client: client.verify.check_code(ref, code))


async def test_a_code_is_sent_and_checked_once(site: httpx.AsyncClient, sql: Sql) -> None:
    ref = await start(site, code_length=6)
    assert sql("SELECT sender, recipient, has_code FROM sandbox_capturedmessage") == [
        ("Vonage", f"+{TO}", True)
    ]
    code = await read_code()
    assert (len(code), code.isdigit()) == (6, True)
    with pytest.raises(HttpRequestError, match="does not match"):
        await check(site, ref, f"{(int(code) + 1) % 10**6:06}")
    found = await check(site, ref, code)
    assert (found.request_id, found.status) == (ref, "completed")
    with pytest.raises(NotFoundError, match="verified already"):
        await check(site, ref, code)


async def test_of_many_checks_at_once_one_is_right(site: httpx.AsyncClient) -> None:
    ref = await start(site, code="abcd12")
    path, body = f"{PATH}/{ref}", {"code": "abcd12"}
    answers = await asyncio.gather(*(site.post(path, json=body, auth=AUTH) for _ in range(8)))
    assert [answer.status_code for answer in answers].count(200) == 1


async def test_a_number_has_one_verification_at_a_time(site: httpx.AsyncClient) -> None:
    ref = await start(site)
    with pytest.raises(HttpRequestError, match=f"(?s)Concurrent.*{ref}"):
        await start(site)
    assert await start(site, "61491570156")
    await ask(site, lambda client: client.verify.cancel_verification(ref))
    with pytest.raises(NotFoundError):
        await ask(site, lambda client: client.verify.cancel_verification(ref))
    again = await start(site)
    with pytest.raises(HttpRequestError, match="no more events"):
        await ask(site, lambda client: client.verify.trigger_next_workflow(again))


async def test_wrong_codes_and_time_end_it(site: httpx.AsyncClient, sql: Sql) -> None:
    guessed = await start(site, code="1111")
    for text in ("does not match", "does not match", "too many times"):
        with pytest.raises(HttpRequestError, match=text):
            await check(site, guessed, "2222")
    with pytest.raises(NotFoundError):
        await check(site, guessed, "1111")
    late = await start(site, code="3333")
    sql("UPDATE sandbox_verification SET expires_at = now() WHERE ref = %s", late)
    with pytest.raises(NotFoundError):
        await check(site, late, "3333")


async def test_errors_are_the_sdks_own_exceptions(site: httpx.AsyncClient) -> None:
    request = VerifyRequest(brand="Acme", workflow=[SmsChannel(to=TO)])
    with pytest.raises(AuthenticationError):
        await ask(
            site,
            lambda client: client.verify.start_verification(request),
            api_key="sandbox",
            api_secret="wrong",
        )
    with pytest.raises(NotFoundError):
        await check(site, "nobody", "1111")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"brand": ""}, "brand"),
        ({"brand": "x" * 17}, "brand"),
        ({"brand": 5}, "brand"),
        ({"workflow": []}, "workflow"),
        ({"workflow": "sms"}, "workflow"),
        ({"workflow": [5]}, "workflow"),
        ({"workflow": [{"channel": "voice", "to": TO}]}, "workflow[0].channel"),
        ({"workflow": [{"channel": "sms"}]}, "workflow[0].to"),
        ({"workflow": [{"channel": "sms", "to": "hello"}]}, "workflow[0].to"),
        ({"workflow": [{**STEP, "from": "a name of many letters"}]}, "workflow[0].from"),
        ({"workflow": [{**STEP, "from": 5}]}, "workflow[0].from"),
        ({"code": "x"}, "code"),
        ({"code": 1234}, "code"),
        ({"code_length": 3}, "code_length"),
        ({"code_length": "6"}, "code_length"),
        ({"channel_timeout": 14}, "channel_timeout"),
    ],
)
async def test_what_is_wrong_is_named(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], wrong: str
) -> None:
    answer = await site.post(PATH, json={"brand": "Acme", "workflow": [STEP], **fields}, auth=AUTH)
    assert answer.status_code == 422
    assert [one["name"] for one in answer.json()["invalid_parameters"]] == [wrong]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_code_that_is_refused_leaves_nothing_to_wait_for(site: httpx.AsyncClient, sql: Sql) -> None:
    body, refused = {"brand": "Acme", "workflow": [STEP]}, {"x-sandbox-mischief": '{"refuse": "7"}'}
    answer = await site.post(PATH, json=body, auth=AUTH, headers=refused)
    assert answer.status_code >= 400
    assert sql("SELECT count(*) FROM sandbox_verification") == [(0,)]
    assert (await site.post(PATH, json=body, auth=AUTH)).status_code == 202
