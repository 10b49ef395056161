"""Receipts come through the carriers' signed webhooks."""

from decimal import Decimal

import httpx
import pytest

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.sending.models import OutgoingMessage, SendReceipt
from tests.carrier_side import TOKEN, form, signed
from tests.factories import make_lease, make_number
from tests.inbox.api.conftest import make_key
from tests.inbox.sending.conftest import PERSON, send, states

REF = "SM" + "a" * 32


def take(e164: str) -> str:
    """Where Twilio tells the receipts of a message that it has taken."""
    lease = make_lease(make_number(e164, public=False))
    OutgoingMessage.objects.update(account=lease.account, carrier_ref=REF, state="sent")
    return lease.account.status_url


@pytest.mark.parametrize(
    ("token", "status", "state"), [(TOKEN, 200, "undelivered"), ("somebody else's", 403, "sent")]
)
async def test_a_signed_receipt_is_applied_and_shown(
    api: httpx.AsyncClient, lease: object, token: str, status: int, state: str
) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    accepted = (await send(api, key)).json()
    url = await in_thread(lambda: take("+15005550001"))
    assert url
    told = {"MessageStatus": "undelivered", "SmsStatus": "undelivered", "ErrorCode": "30003", "To": PERSON}
    post = signed(url, form(MessageSid=REF, **told), token)
    for _ in range(2):
        answer = await api.post(post.url, content=post.body, headers=post.headers)
        assert answer.status_code == status
    assert await in_thread(states) == [state]
    path = f"/messages/{accepted['id']}"
    listed = (await api.get(f"{path}/receipts", headers=key)).json()["receipts"]
    if status == 403:
        assert listed == []
        assert await in_thread(SendReceipt.objects.count) == 0
        return
    assert [(one["status"], one["error_code"]) for one in listed] == [("undelivered", "30003")]
    shown = (await api.get(path, headers=key)).json()
    assert (shown["error"]["code"], Decimal(shown["price"])) == ("30003", Decimal("0.01"))
