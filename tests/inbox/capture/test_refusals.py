"""Every captured carrier refuses a send on purpose with each error of its own, and keeps nothing of it."""

import base64
import json
from typing import Any

import httpx
import pytest

from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.mischief import HEADER
from tests.conftest import Sql

FROM, TO, BODY = "+14155550100", "+61491570157", "Hello"
SIGNED = f"AWS4-HMAC-SHA256 Credential={CARRIERS['aws'].fixed.name}/1/a/sns/aws4_request, SignedHeaders=a, Signature=1"


def basic(user: str, password: str = "sandbox") -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


PLIVO = CARRIERS["plivo"].fixed.name
DESTINATION = {"DestinationPhoneNumber": TO, "MessageBody": BODY}
SENDS: list[tuple[str, str, dict[str, str], Any]] = [
    ("plivo", f"v1/Account/{PLIVO}/Message/", basic(PLIVO), {"src": FROM, "dst": TO, "text": BODY}),
    ("aws", "", {"authorization": SIGNED}, f"Action=Publish&PhoneNumber=%2B{TO[1:]}&Message={BODY}"),
    (
        "aws",
        "",
        {"authorization": SIGNED, "x-amz-target": "PinpointSMSVoiceV2.SendTextMessage"},
        DESTINATION,
    ),
    (
        "sinch",
        "xms/v1/sandbox/batches",
        {"authorization": "Bearer sandbox"},
        {"from": FROM, "to": [TO], "body": BODY},
    ),
    (
        "bandwidth",
        "users/9900000/messages",
        basic("sandbox"),
        {"applicationId": "a", "from": FROM, "to": [TO], "text": BODY},
    ),
    (
        "infobip",
        "sms/3/messages",
        {"authorization": "App sandbox"},
        {"messages": [{"sender": FROM, "destinations": [{"to": TO}], "content": {"text": BODY}}]},
    ),
    (
        "messagebird",
        "messages",
        {"authorization": "AccessKey sandbox"},
        {"originator": FROM, "recipients": TO, "body": BODY},
    ),
]


async def send(site: httpx.AsyncClient, index: int, mischief: dict[str, Any]) -> httpx.Response:
    """Send by one of the APIs, with mischief."""
    carrier, path, headers, body = SENDS[index]
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {**headers, HEADER: json.dumps(mischief)}
    return await site.post(f"/capture/{carrier}/{path}", content=content, headers=headers)


@pytest.mark.parametrize("index", range(len(SENDS)))
async def test_sends_are_refused_with_each_of_the_carriers_own_errors(
    site: httpx.AsyncClient, sql: Sql, index: int
) -> None:
    refusals = CARRIERS[SENDS[index][0]].refusals
    assert len(refusals) > 3
    for code, refusal in refusals.items():
        answer = await send(site, index, {"refuse": code})
        assert answer.status_code == refusal.status, code
        assert refusal.text.replace("{to}", TO).replace("{from}", FROM) in answer.text.replace(
            "&apos;", "'"
        ), code
    for code, statuses in (("rate_limit", (429,)), ("unavailable", (500, 503))):
        assert (await send(site, index, {"refuse": code})).status_code in statuses
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]
    assert (await send(site, index, {})).is_success
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(1,)]


@pytest.mark.parametrize("index", [n for n, (carrier, *_) in enumerate(SENDS) if carrier != "aws"])
async def test_a_message_that_does_not_arrive_has_the_carriers_own_code(
    site: httpx.AsyncClient, sql: Sql, index: int
) -> None:
    code = next(iter(CARRIERS[SENDS[index][0]].failures))
    assert (await send(site, index, {"outcome": "undelivered"})).is_success
    ((error,),) = sql("SELECT error FROM sandbox_statechange WHERE state = 'undelivered'")
    assert error == code
