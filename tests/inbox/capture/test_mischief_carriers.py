"""Mischief at each carrier: its official SDK raises its own errors."""

import httpx
import pytest
import telnyx
from vonage_sms.errors import SmsError

from inbox.sandbox.captured import CARRIERS
from tests.inbox.capture import telnyx_sdk, vonage_sdk
from tests.inbox.capture.test_mischief import add


async def test_vonage_refuses_with_its_own_statuses(site: httpx.AsyncClient) -> None:
    await add("barred", {"refuse": "7"}, carrier="vonage")
    with pytest.raises(SmsError, match="Number barred"):
        await vonage_sdk.send_sms(site)
    path = vonage_sdk.BASE.removeprefix("http://127.0.0.1:8000") + "/v1/messages"
    body = {
        "channel": "sms",
        "message_type": "text",
        "to": vonage_sdk.TO,
        "from": vonage_sdk.FROM,
        "text": "hi",
    }
    answer = await site.post(path, json=body, auth=("sandbox", "sandbox"))
    assert (answer.status_code, answer.json()["title"]) == (422, "Number barred")


async def test_telnyx_refuses_with_its_own_errors(site: httpx.AsyncClient) -> None:
    await add("stop", {"refuse": "40300"}, carrier="telnyx", times=1)
    await add("busy", {"refuse": "rate_limit"}, carrier="telnyx")
    with pytest.raises(telnyx.BadRequestError) as caught:
        await telnyx_sdk.send(site)
    (error,) = caught.value.response.json()["errors"]
    assert (error["code"], error["title"]) == ("40300", "Blocked due to STOP message")
    with pytest.raises(telnyx.RateLimitError):
        await telnyx_sdk.send(site)


@pytest.mark.parametrize("carrier", list(CARRIERS))
def test_each_captured_carrier_has_errors_and_failures_of_its_own(carrier: str) -> None:
    captured = CARRIERS[carrier]
    assert all(100 <= refusal.status < 600 and refusal.text for refusal in captured.refusals.values())
    assert all(captured.failures.values())
    assert captured.refusals
    assert captured.failures or carrier == "aws", "whose receipts nobody but Amazon can sign"
