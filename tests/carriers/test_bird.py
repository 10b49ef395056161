"""Bird: signatures against the official SDKs of Standard Webhooks, its events, its API as its SDK describes it."""

import base64
import hmac
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.bird import REF, secret, signed

BIRD = carriers.get("bird")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Of the Standard Webhooks specification, with the vector below: libraries/python/tests/test_webhooks.py."""


def verified(request: Request, *secrets: str, now: float = NOW) -> bool:
    try:
        BIRD.verify(request, {"webhook_secret": list(secrets)}, now)
    except BadSignature:
        return False
    return True


def test_the_published_vector() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    assert verified(Request("POST", URL, headers, body), SECRET, now=1614265330)
    several = {**headers, "webhook-signature": f"v1,wrong v2,x {headers['webhook-signature']}"}
    assert verified(Request("POST", URL, several, body), secret("old"), SECRET, now=1614265330)
    other = {**headers, "webhook-signature": headers["webhook-signature"].replace("v1", "v1a")}
    assert not verified(Request("POST", URL, other, body), SECRET, now=1614265330)


@pytest.mark.parametrize("off", [-301, -299, 0, 299, 301])
@pytest.mark.parametrize("tampered", [False, True])
def test_ours_and_the_reference_implementation_agree(off: int, tampered: bool) -> None:
    now = int(datetime.now(UTC).timestamp())
    request = signed("a-key-of-24-bytes-or-more", b'{"type":"sms.received"}', now + off)
    body = request.body + b" " * tampered
    try:
        Webhook(b"a-key-of-24-bytes-or-more").verify(body, dict(request.headers), json_parse=False)
        theirs = True
    except WebhookVerificationError:
        theirs = False
    ours = verified(Request("POST", URL, request.headers, body), secret("a-key-of-24-bytes-or-more"), now=now)
    assert ours == theirs


def test_a_secret_that_is_no_base64_signs_nothing() -> None:
    assert not verified(signed("k", b"{}"), "whsec_é")


def event(kind: str, **data: Any) -> bytes:
    said = {"sms_id": REF, "from": "+14155550100", "to": "+15005550006", **data}
    return json.dumps({"type": kind, "timestamp": "2026-09-21T14:13:20.5Z", "data": said}).encode()


def read(body: bytes) -> Inbound | Receipt:
    (found,) = BIRD.parse(Request("POST", URL, {}, body))
    return found


AT = datetime(2026, 9, 21, 14, 13, 20, 500_000, tzinfo=UTC)


def test_messages_may_be_text_files_or_binary() -> None:
    plain = Inbound(REF, "+14155550100", "+15005550006", "Hi", sent_at=AT, segments=1)
    assert read(event("sms.received", text="Hi", segments={"count": 1})) == plain
    files = {"media_urls": ["https://a/1"], "media": [{"url": "https://a/2", "content_type": "image/png"}, 7]}
    found = read(event("sms.received", subject="x", **files))
    assert isinstance(found, Inbound)
    assert (found.body, found.media) == ("x", (Media("https://a/1"), Media("https://a/2", "image/png")))
    binary = read(event("sms.received", text=None, binary={"data": "00ff"}))
    assert isinstance(binary, Inbound)
    assert (binary.body, binary.flags) == ("00ff", ("binary",))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", Status.QUEUED),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("undelivered", Status.UNDELIVERED),
        ("expired", Status.UNDELIVERED),
        ("rejected", Status.FAILED),
        ("teleported", Status.UNKNOWN),
    ],
)
def test_receipts_keep_the_carriers_word(word: str, status: Status) -> None:
    error = {"code": "unreachable", "description": "x"}
    assert read(event(f"sms.{word}", error=error)) == Receipt(REF, status, word, "unreachable", AT)


def test_other_events_are_notices_and_unclear_ones_unparsable() -> None:
    assert BIRD.parse(Request("POST", URL, {}, event("email.received"))) == []
    for body in (b"{}", b"[]", b"x", event("sms.received", to=None), event("sms.sent", sms_id="x" * 129)):
        with pytest.raises(Unparsable):
            read(body)


# The API

LOGIN = {"api_key": "bk_us1_abc"}
API = "https://us1.platform.bird.com/v1"


def listed(e164: str, amount: str = "12.00", unit: str = "year", **changes: Any) -> dict[str, Any]:
    pricing = {
        "setup_price": {"amount": "1.00", "currency_code": "USD"},
        "recurring_price": {"amount": amount, "currency_code": "USD"},
        "recurring_period": {"unit": unit, "count": 1},
    }
    facts = {"number": e164, "country_code": "GB", "number_type": "mobile", "capabilities": ["sms"]}
    return {**facts, "ownership_registration_required": False, "pricing": pricing, **changes}


def test_offers_are_priced_by_the_month_and_cheapest_first() -> None:
    url = f"GET {API}/numbers/available?country_code=GB&number_type=mobile&capabilities=sms&limit=20"
    page = [
        listed("+447700900201"),
        listed("+447700900202", "0.90", "month"),
        listed("+447700900203", ownership_registration_required=True),
        listed("+447700900204", pricing=None),
        listed("+447700900205", unit="era"),
    ]
    said = talk(LOGIN, (url, {"data": page, "next_cursor": None}))
    assert [
        (offer.e164, offer.monthly_cost, offer.setup_cost) for offer in said.api("bird").search(QUERY)
    ] == [
        ("+447700900202", Decimal("0.9000"), Decimal("1.00")),
        ("+447700900201", Decimal("1.0000"), Decimal("1.00")),
    ]
    assert said.header("authorization") == "Bearer bk_us1_abc"
    with pytest.raises(Unsupported, match="bird does not support alphanumeric"):
        talk(LOGIN).api("bird").search(NumberQuery("GB", Kind.ALPHANUMERIC))


QUERY = NumberQuery("GB", Kind.MOBILE)
OFFER = Offer("+447700900201", "GB", Kind.MOBILE, frozenset({"sms"}), Decimal(1))


def test_an_order_is_done_under_way_or_failed() -> None:
    done = {"id": "nor_1", "number": "+447700900201", "status": "completed", "number_id": "nda_1"}
    said = talk(LOGIN, (f"POST {API}/numbers/orders", done))
    assert said.api("bird").buy(OFFER, URL) == Owned("nda_1", "+447700900201")
    assert said.sent() == {"number": "+447700900201"}
    pending = {**done, "status": "pending", "number_id": None}
    assert talk(LOGIN, (f"POST {API}/numbers/orders", pending)).api("bird").buy(OFFER, URL) == Ordered(
        "nor_1"
    )
    assert talk(LOGIN, (f"GET {API}/numbers/orders/nor_1", done)).api("bird").order("nor_1") == Owned(
        "nda_1", "+447700900201"
    )
    failed = {**pending, "status": "failed", "failure_reason": "number_unavailable"}
    with pytest.raises(Rejected, match="number_unavailable"):
        talk(LOGIN, (f"GET {API}/numbers/orders/nor_1", failed)).api("bird").order("nor_1")
    answers: list[Answer] = [{}, 500, httpx.ReadTimeout]
    for answer in answers:
        with pytest.raises(Uncertain):
            talk(LOGIN, (f"POST {API}/numbers/orders", answer)).api("bird").buy(OFFER, URL)


def test_an_order_is_found_by_our_reference() -> None:
    done = {"id": "nor_1", "number": "+447700900201", "status": "completed", "number_id": "nda_1"}
    said = talk(LOGIN, (f"POST {API}/numbers/orders", done))
    said.api("bird").buy(OFFER, URL, "k1")
    assert said.sent() == {"number": "+447700900201", "reference": "k1"}
    asked = f"GET {API}/numbers/orders?limit=100"
    ours, other = {**done, "reference": "k1"}, {**done, "id": "nor_2", "reference": "k2"}
    pages: list[tuple[str, Answer]] = [
        (asked, {"data": [other, {**ours, "status": "failed"}], "next_cursor": "c1"}),
        (f"{asked}&starting_after=c1", {"data": [{**ours, "status": "pending"}], "next_cursor": None}),
    ]
    assert talk(LOGIN, *pages).api("bird").find("k1") == Ordered("nor_1")
    assert talk(LOGIN, (asked, {"data": [ours]})).api("bird").find("k1") == Owned("nda_1", "+447700900201")
    assert talk(LOGIN, (asked, {"data": [other]})).api("bird").find("k1") is None


def test_refusals_come_in_the_carriers_words() -> None:
    answer = refused(422, {"error": {"type": "invalid", "code": "number_taken", "message": "Taken"}})
    with pytest.raises(Rejected, match=r"Bird: Taken \(number_taken\)"):
        talk(LOGIN, (f"POST {API}/numbers/orders", answer)).api("bird").buy(OFFER, URL)


@pytest.mark.parametrize("answer", [204, 404])
def test_a_release_ends_it_now(answer: int) -> None:
    said = talk(LOGIN, (f"POST {API}/numbers/nda_1/release", answer))
    said.api("bird").release("nda_1")
    assert said.over


def test_shared_and_released_numbers_are_not_ours() -> None:
    pricing = {
        "recurring_price": {"amount": "2", "currency_code": "EUR"},
        "recurring_period": {"unit": "month", "count": 1},
    }
    ours = {
        "id": "nda_1",
        "number": "+447700900201",
        "kind": "dedicated",
        "status": "active",
        "pricing": pricing,
    }
    said = talk(
        LOGIN,
        (f"GET {API}/numbers?limit=100", {"data": [ours, {**ours, "kind": "shared"}], "next_cursor": "c1"}),
        (f"GET {API}/numbers?limit=100&starting_after=c1", {"data": [{**ours, "status": "released"}]}),
    )
    assert said.api("bird").owned() == [Owned("nda_1", "+447700900201", None, Decimal("2.0000"), "EUR")]
    assert said.over
    again = (f"GET {API}/numbers?limit=100&starting_after=c1", {"data": [], "next_cursor": "c1"})
    first = (f"GET {API}/numbers?limit=100", {"data": [], "next_cursor": "c1"})
    with pytest.raises(CallFailed, match="does not end"):
        talk(LOGIN, first, again).api("bird").owned()


HOOK = f"{API}/webhooks/whk_1"
HEARS = ["accepted", "delivered", "expired", "failed", "received", "rejected", "sent", "undelivered"]
ENDPOINT = {"id": "whk_1", "url": URL, "status": "active", "events": [f"sms.{word}" for word in HEARS]}


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        (ENDPOINT, URL),
        ({**ENDPOINT, "status": "degraded"}, URL),
        ({**ENDPOINT, "url": "https://old.example/"}, "https://old.example/"),
        ({**ENDPOINT, "status": "paused"}, ""),
        ({**ENDPOINT, "events": ["email.sent"]}, ""),
        (404, ""),
        (403, None),
    ],
)
def test_numbers_go_where_the_endpoint_whose_secret_we_have_goes(
    endpoint: Answer, address: str | None
) -> None:
    item = {"id": "nda_1", "number": "+447700900201"}
    listed = (f"GET {API}/numbers?limit=100", {"data": [item]})
    said = talk({**LOGIN, "webhook_id": "whk_1"}, (f"GET {HOOK}", endpoint), listed)
    assert [number.webhook_url for number in said.api("bird").owned()] == [address]


def test_the_endpoint_is_mended_where_it_is_wrong_and_never_made_anew() -> None:
    login = {**LOGIN, "webhook_id": "whk_1"}
    right = talk(login, (f"GET {HOOK}", ENDPOINT))
    right.api("bird").configure("nda_1", URL)
    assert right.over
    wrong = {"id": "whk_1", "url": "https://old.example/", "status": "paused", "events": ["email.sent"]}
    said = talk(login, (f"GET {HOOK}", wrong), (f"PATCH {HOOK}", ENDPOINT))
    said.api("bird").configure("nda_1", URL)
    events = ["email.sent", *ENDPOINT["events"]]
    assert said.sent() == {"url": URL, "events": events, "status": "active"}
    with pytest.raises(Rejected, match="webhook_id"):
        talk(LOGIN).api("bird").configure("nda_1", URL)


def test_the_log_names_messages_as_webhooks_do() -> None:
    since = datetime(2026, 9, 21, tzinfo=UTC)
    url = f"GET {API}/sms/messages?direction=inbound&created_after=2026-09-21T00%3A00%3A00Z&limit=100"
    item = {"id": REF, "from": "+14155550100", "to": "+15005550006", "text": "Hi", "segments": {"count": 1}}
    said = talk(LOGIN, (url, {"data": [{**item, "created_at": "2026-09-21T14:13:20.5Z"}]}))
    assert list(said.api("bird").messages(since)) == [
        read(event("sms.received", text="Hi", segments={"count": 1}))
    ]


def test_a_message_is_sent_as_a_service_message() -> None:
    answer = {"id": REF, "segments": {"count": 2}, "cost": {"amount": "0.0150", "currency_code": "USD"}}
    said = talk(LOGIN, (f"POST {API}/sms/messages", answer))
    sent = said.api("bird").send(Outgoing("+15005550006", "+14155550100", "Hi", ("https://a/1",)))
    assert sent == Sent(REF, 2, Decimal("0.0150"), "USD")
    assert said.sent() == {
        "to": "+14155550100",
        "from": "+15005550006",
        "text": "Hi",
        "category": "service",
        "media_urls": ["https://a/1"],
    }
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/sms/messages", {})).api("bird").send(Outgoing("1", "2", "x"))


@pytest.mark.parametrize("key", ["", "live_1", "bk_evil.example/_x", "bk__x", "bk_us1_"])
def test_a_key_that_names_no_region_is_never_used(key: str) -> None:
    with pytest.raises(Rejected):
        talk({"api_key": key}).api("bird").owned()


def test_the_secret_is_base64_after_its_prefix() -> None:
    assert base64.b64decode(secret("key").removeprefix("whsec_")) == b"key"


@pytest.mark.parametrize("empty", ["whsec_", "------", "whsec_***", "=", "whsec_="])
def test_a_secret_that_holds_no_key_lets_nothing_in(empty: str) -> None:
    body = b'{"type":"sms.received"}'
    forged = base64.b64encode(hmac.digest(b"", f"i.{NOW}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": "i", "webhook-timestamp": str(NOW), "webhook-signature": f"v1,{forged}"}
    assert not verified(Request("POST", URL, headers, body), empty)


def test_a_refusal_to_tell_of_an_order_does_not_fail_it() -> None:
    for answer in (404, 401):
        with pytest.raises(CallFailed) as caught:
            talk(LOGIN, (f"GET {API}/numbers/orders/nor_1", answer)).api("bird").order("nor_1")
        assert caught.value.retry
        assert not isinstance(caught.value, Rejected)
