"""Telnyx: signatures against the official SDK, its events, its API's published shapes.

https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks, /api/numbers, /api/messaging
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from telnyx.lib import webhook_verification
from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.telnyx import REF, public, signed

TELNYX = carriers.get("telnyx")


def verified(request: Request, *keys: str, now: float = NOW) -> bool:
    try:
        TELNYX.verify(request, {"public_key": list(keys)}, now)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("off", [-301, -300, 0, 300, 301])
@pytest.mark.parametrize("tampered", ["", "body", "time", "key"])
def test_ours_and_the_official_sdk_agree(off: int, tampered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_verification, "time", SimpleNamespace(time=lambda: float(NOW)))
    request, key = signed("k", b'{"data":{}}', NOW + off), public("other" if tampered == "key" else "k")
    body = request.body + b" " * (tampered == "body")
    headers = {**request.headers, "telnyx-timestamp": str(NOW + off + (tampered == "time"))}
    try:
        verify_webhook_signature(body, headers, key)
        theirs = True
    except WebhookVerificationError:
        theirs = False
    assert verified(Request("POST", URL, headers, body), key) == theirs
    assert theirs == (not tampered and abs(off) <= 300)


def test_a_key_that_is_none_verifies_nothing() -> None:
    request = signed("k", b"{}")
    for key in ("x", "é", "AAAA", public("k")[:-4]):
        assert not verified(request, key)
    assert verified(request, "x", public("k"))


def event(kind: str, **payload: Any) -> Request:
    said = {
        "id": REF,
        "from": {"phone_number": "+14155550100"},
        "to": [{"phone_number": "+15005550006", "status": "delivered"}],
        "received_at": "2026-09-21T14:13:20.000+00:00",
        **payload,
    }
    data = {"event_type": kind, "id": "e1", "occurred_at": "2026-09-21T14:13:21.000Z", "payload": said}
    return Request("POST", URL, {}, json.dumps({"data": data, "meta": {}}).encode())


def test_files_and_group_messages() -> None:
    files = [
        {"url": "https://a/1", "content_type": "image/png", "size": 7, "hash_sha256": "x"},
        {"url": None},
    ]
    (message,) = TELNYX.parse(event("message.received", type="MMS", text=None, media=files, parts=None))
    at = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert message == Inbound(
        REF, "+14155550100", "+15005550006", "", sent_at=at, media=(Media("https://a/1", "image/png"),)
    )
    group = [{"phone_number": "+15005550006"}, {"phone_number": "+15005550007"}]
    found = TELNYX.parse(event("message.received", text="Hi", to=group))
    assert [(item.ref, item.recipient) for item in found if isinstance(item, Inbound)] == [
        (f"{REF}:+15005550006", "+15005550006"),
        (f"{REF}:+15005550007", "+15005550007"),
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("delivery_unconfirmed", Status.SENT),
        ("delivery_failed", Status.UNDELIVERED),
        ("sending_failed", Status.FAILED),
        ("teleported", Status.UNKNOWN),
    ],
)
@pytest.mark.parametrize("kind", ["message.sent", "message.finalized"])
def test_receipts_have_the_recipients_status(kind: str, word: str, status: Status) -> None:
    to, errors = (
        [{"phone_number": "+15005550006", "status": word}],
        [{"code": "40008", "title": "Undeliverable"}],
    )
    at = datetime(2026, 9, 21, 14, 13, 21, tzinfo=UTC)
    assert TELNYX.parse(event(kind, to=to, errors=errors)) == [Receipt(REF, status, word, "40008", at)]


def test_other_events_are_notices_and_unclear_ones_unparsable() -> None:
    assert TELNYX.parse(event("number_order.complete")) == []
    for request in (event("message.received", to=[]), event("message.received", id=""), event("")):
        with pytest.raises(Unparsable):
            TELNYX.parse(request)


# The API

LOGIN = {"api_key": "KEY1", "messaging_profile_id": "p1"}
API = "https://api.telnyx.com/v2"
LISTED = {
    "phone_number": "+19705555098",
    "best_effort": False,
    "features": [{"name": "sms"}, {"name": "mms"}, {"name": "emergency"}],
    "cost_information": {"upfront_cost": "1.00", "monthly_cost": "1.10", "currency": "USD"},
}


def test_a_search_leaves_out_what_is_not_there_for_sure_or_cannot_do_what_was_asked() -> None:
    query = (
        "filter%5Bcountry_code%5D=US&filter%5Bphone_number_type%5D=local&filter%5Bfeatures%5D%5B%5D=mms"
        "&filter%5Bfeatures%5D%5B%5D=sms&filter%5Blimit%5D=20&filter%5Bbest_effort%5D=false"
    )
    dearer = {**LISTED, "phone_number": "+19705555000", "cost_information": {"monthly_cost": "x"}}
    page = [dearer, {**LISTED, "best_effort": True}, {**LISTED, "features": [{"name": "sms"}]}, LISTED]
    said = talk(LOGIN, (f"GET {API}/available_phone_numbers?{query}", {"data": page}))
    offer = Offer(
        "+19705555098", "US", Kind.LOCAL, frozenset({"sms", "mms"}), Decimal("1.10"), Decimal("1.00")
    )
    assert said.api("telnyx").search(NumberQuery("US", capabilities=frozenset({"sms", "mms"}))) == [offer]
    assert said.header("authorization") == "Bearer KEY1"
    with pytest.raises(Unsupported, match="telnyx does not support short_code"):
        talk(LOGIN).api("telnyx").search(NumberQuery("US", Kind.SHORT_CODE))
    query = query.replace("&filter%5Bfeatures%5D%5B%5D=mms", "").replace("limit%5D=20", "limit%5D=100")
    said = talk(LOGIN, (f"GET {API}/available_phone_numbers?{query}", {"data": [LISTED]}))
    assert said.api("telnyx").list_price("US", Kind.LOCAL) == (Decimal("1.10"), "USD")
    dearer["cost_information"] = {"upfront_cost": "1.00", "monthly_cost": "5.00", "currency": "USD"}
    said = talk(LOGIN, (f"GET {API}/available_phone_numbers?{query}", {"data": [LISTED, dearer]}))
    assert said.api("telnyx").list_price("US", Kind.LOCAL) is None


OFFER = Offer("+19705555098", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("1.10"))
PROFILE = (f"GET {API}/messaging_profiles/p1", {"data": {"webhook_url": URL, "webhook_api_version": "2"}})
FOUND = f"GET {API}/phone_numbers?filter%5Bphone_number%5D=%2B19705555098"


def order(status: str) -> dict[str, Any]:
    numbers = [{"id": "of-the-order", "phone_number": "+19705555098", "status": status}]
    return {"data": {"id": "o1", "status": status, "phone_numbers": numbers}}


def test_a_purchase_is_an_order_into_the_profile() -> None:
    said = talk(LOGIN, PROFILE, (f"POST {API}/number_orders", order("pending")))
    assert said.api("telnyx").buy(OFFER, URL) == Ordered("o1")
    assert said.sent() == {"phone_numbers": [{"phone_number": "+19705555098"}], "messaging_profile_id": "p1"}


def test_an_order_is_found_by_our_reference() -> None:
    said = talk(LOGIN, PROFILE, (f"POST {API}/number_orders", order("pending")))
    said.api("telnyx").buy(OFFER, URL, "k1")
    assert said.sent()["customer_reference"] == "k1"
    asked = f"GET {API}/number_orders?filter%5Bcustomer_reference%5D=k1"

    def found(*orders: dict[str, Any]) -> Owned | Ordered | None:
        return talk(LOGIN, (asked, {"data": list(orders)})).api("telnyx").find("k1")

    ours = {**order("pending")["data"], "customer_reference": "k1"}
    assert found({**ours, "status": "failure"}, ours) == Ordered("o1")
    assert found() is None
    assert found({**ours, "status": "failure"}) is None
    assert found({**ours, "customer_reference": "another"}) is None


@pytest.mark.parametrize(
    "profile", [{"webhook_url": "https://old/", "webhook_api_version": "2"}, {"webhook_url": URL}]
)
def test_the_profile_is_pointed_at_us_first(profile: dict[str, str]) -> None:
    said = talk(
        LOGIN,
        (f"GET {API}/messaging_profiles/p1", {"data": profile}),
        (f"PATCH {API}/messaging_profiles/p1", {"data": {}}),
        (f"POST {API}/number_orders", order("pending")),
    )
    said.api("telnyx").buy(OFFER, URL)
    assert said.sent(1) == {"webhook_url": URL, "webhook_api_version": "2"}


def test_an_order_is_followed_until_the_number_has_its_own_id() -> None:
    url = f"GET {API}/number_orders/o1"
    listed = {"data": [{"id": "n1", "phone_number": "+19705555098"}]}
    said = talk(LOGIN, (url, order("success")), (FOUND, listed))
    assert said.api("telnyx").order("o1") == Owned("n1", "+19705555098")
    nothing: Answer = {"data": []}
    for answer in (nothing, 500):
        assert talk(LOGIN, (url, order("success")), (FOUND, answer)).api("telnyx").order("o1") == Ordered(
            "o1"
        )
    assert talk(LOGIN, (url, order("pending"))).api("telnyx").order("o1") == Ordered("o1")
    with pytest.raises(Rejected, match="order failed"):
        talk(LOGIN, (url, order("failure"))).api("telnyx").order("o1")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_an_order_stands_whatever_goes_wrong_with_asking(status: int) -> None:
    with pytest.raises(CallFailed) as caught:
        talk(LOGIN, (f"GET {API}/number_orders/o1", refused(status, {}))).api("telnyx").order("o1")
    assert not isinstance(caught.value, Rejected)
    with pytest.raises(CallFailed, match="setting api_key is missing") as caught:
        talk({}).api("telnyx").order("o1")
    assert not isinstance(caught.value, Rejected)


@pytest.mark.parametrize("answer", [{}, {"data": []}, 500, httpx.ReadTimeout])
def test_a_purchase_without_a_clear_answer_is_uncertain(answer: Answer) -> None:
    with pytest.raises(Uncertain):
        talk(LOGIN, PROFILE, (f"POST {API}/number_orders", answer)).api("telnyx").buy(OFFER, URL)


def test_refusals_come_in_the_carriers_words() -> None:
    error = {"code": "10009", "title": "Authentication failed", "detail": "No key found", "meta": {}}
    with pytest.raises(Rejected, match=r"Telnyx: No key found \(10009\)") as caught:
        talk(LOGIN, (PROFILES, refused(401, {"errors": [error]}))).api("telnyx").owned()
    assert caught.value.fault == "account"


PROFILES = f"GET {API}/messaging_profiles?page%5Bnumber%5D=1&page%5Bsize%5D=250"
NUMBERS = f"GET {API}/phone_numbers?page%5Bnumber%5D="


def test_numbers_are_listed_with_their_profiles_address() -> None:
    numbers = [
        {"id": "n1", "phone_number": "+19705555098", "messaging_profile_id": "p1", "status": "active"},
        {"id": "n2", "phone_number": "+19705555099", "messaging_profile_id": None, "status": "deleted"},
    ]
    last = [
        {"id": "n3", "phone_number": "+19705555100", "messaging_profile_id": ""},
        {"id": "n4", "phone_number": "+19705555101", "messaging_profile_id": "unlisted"},
    ]
    said = talk(
        LOGIN,
        (PROFILES, {"data": [{"id": "p1", "webhook_url": URL}], "meta": {"total_pages": 1}}),
        (f"{NUMBERS}1&page%5Bsize%5D=250", {"data": numbers, "meta": {"total_pages": 2}}),
        (f"{NUMBERS}2&page%5Bsize%5D=250", {"data": last, "meta": {"total_pages": 2}}),
    )
    assert said.api("telnyx").owned() == [
        Owned("n1", "+19705555098", URL),
        Owned("n3", "+19705555100", ""),
        Owned("n4", "+19705555101", None),
    ]
    for meta in (None, {}, {"total_pages": "x"}, {"total_pages": None}):
        with pytest.raises(CallFailed, match="how long"):
            talk(LOGIN, (PROFILES, {"data": [], "meta": meta})).api("telnyx").owned()
    with pytest.raises(CallFailed, match="no data"):
        talk(LOGIN, (PROFILES, {"data": None})).api("telnyx").owned()


def test_a_number_is_put_into_the_profile_and_given_back() -> None:
    said = talk(LOGIN, PROFILE, (f"PATCH {API}/phone_numbers/n1/messaging", {"data": {}}))
    said.api("telnyx").configure("n1", URL)
    assert said.sent() == {"messaging_profile_id": "p1"}
    for answer in ({"data": {"status": "deleted"}}, 404):
        gone = talk(LOGIN, (f"DELETE {API}/phone_numbers/n1", answer))
        gone.api("telnyx").release("n1")
        assert gone.over


def test_a_message_is_sent_with_our_address_for_receipts() -> None:
    data = {"id": REF, "parts": 2, "cost": {"amount": "0.0051", "currency": "USD"}}
    said = talk(LOGIN, (f"POST {API}/messages", {"data": data}))
    message = Outgoing("+15005550006", "+14155550100", "Hi", ("https://a/1",), URL + "status/")
    assert said.api("telnyx").send(message) == Sent(REF, 2, Decimal("0.0051"), "USD")
    assert said.sent() == {
        "to": "+14155550100",
        "from": "+15005550006",
        "text": "Hi",
        "messaging_profile_id": "p1",
        "media_urls": ["https://a/1"],
        "type": "MMS",
        "webhook_url": URL + "status/",
        "use_profile_webhooks": False,
    }
    with pytest.raises(Rejected, match="messaging_profile_id"):
        talk({"api_key": "KEY1"}).api("telnyx").send(Outgoing("Norvane", "+14155550100", "Hi"))
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/messages", {})).api("telnyx").send(message)
