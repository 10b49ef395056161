"""Vonage: signatures against official vectors and the official SDK, both formats, its APIs' published shapes.

https://developer.vonage.com/en/getting-started/concepts/signing-messages, /en/api/sms, /en/api/numbers,
/en/api/messages; vectors: vonage-ruby-sdk test/vonage/signature_test.rb
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from vonage_http_client.auth import Auth
from vonage_jwt import verify_signature

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Part, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.vonage import token

VONAGE = carriers.get("vonage")
FORM, JSON = {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "application/json"}
SECRET = "my_secret_key_for_testing"
SAID = {
    "message-timestamp": "2013-11-21 15:27:30",
    "messageId": "020000001B0FE827",
    "msisdn": "14843472194",
    "text": "Test again",
    "timestamp": "1385047698",
    "to": "13239877404",
    "type": "text",
}
SIGNED_AT = 1385047698
VECTORS = {
    "md5hash": "d2e7b1dc968737c5998ad624e02f90b7",
    "md5": "DDEBD46008C2D4E93CCE578A332A52D5",
    "sha1": "27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A",
    "sha256": "DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330",
    "sha512": "E0D3C650F8C9D1A5C174D10DDDBFB003E561F59B265616208B0487C5D819481C"
    "D3C311D59CF6165ECD1139622D5BA3A256C0D763AC4A9AD9144B5A426B94FE82",
}


def verified(request: Request, *keys: str, now: float = NOW, **more: str) -> bool:
    try:
        VONAGE.verify(request, {"signature_secret": list(keys), **more}, now)
    except BadSignature:
        return False
    return True


def ways(said: dict[str, str]) -> list[Request]:
    """The three ways in which an account may send the same."""
    return [
        Request("GET", f"{URL}?{urlencode(said)}", {}),
        Request("POST", URL, FORM, urlencode(said).encode()),
        Request("POST", URL, JSON, json.dumps(said).encode()),
    ]


@pytest.mark.parametrize("method", VECTORS)
@pytest.mark.parametrize("way", [0, 1, 2])
def test_official_vectors_by_every_method_and_way(method: str, way: int) -> None:
    request = ways({**SAID, "sig": VECTORS[method]})[way]
    assert verified(request, "old", SECRET, now=SIGNED_AT + 300)
    assert verified(request, SECRET, now=SIGNED_AT, signature_method=method)
    other = "sha1" if method == "sha256" else "sha256"
    assert not verified(request, SECRET, now=SIGNED_AT, signature_method=other)
    assert not verified(request, SECRET, now=SIGNED_AT + 301)
    assert not verified(request, "old", now=SIGNED_AT)
    tampered = ways({**SAID, "text": "Test agaim", "sig": VECTORS[method]})[way]
    assert not verified(tampered, SECRET, now=SIGNED_AT)


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("text", ["a&b=c", "", "é שלום 👋", "+ %"])
def test_ours_and_the_official_sdk_agree(method: str, text: str) -> None:
    auth = Auth(api_key="a", api_secret="b", signature_secret=SECRET, signature_method=method)
    said = {**SAID, "text": text}
    said["sig"] = auth.sign_params(dict(said))
    for request in ways(said):
        assert verified(request, SECRET, now=SIGNED_AT)
    assert auth.check_signature(dict(said))
    # to the signer & and = are underscores: the SDK cannot tell them apart, so neither can we
    changed = {**said, "text": text.replace("&", "_") + "x"}
    assert not auth.check_signature(dict(changed))
    assert not any(verified(request, SECRET, now=SIGNED_AT) for request in ways(changed))


def test_an_empty_question_passes_and_says_nothing() -> None:
    request = Request("GET", URL, {})
    VONAGE.verify(request, {"signature_secret": SECRET}, NOW)
    assert VONAGE.parse(request) == []
    for other in (
        Request("POST", URL, FORM),
        Request("GET", URL + "?text=x", {}),
        Request("POST", URL, JSON, b"{}"),
    ):
        assert not verified(other, SECRET)


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": NOW - 301},
        {"iat": NOW + 301},
        {"iat": None},
        {"payload_hash": "0" * 64},
        {"payload_hash": None},
    ],
)
def test_tokens_bind_time_and_body(changes: dict[str, object]) -> None:
    body = b'{"message_uuid":"m1"}'
    request = Request(
        "POST", URL, {**JSON, "authorization": f"Bearer {token('k' * 32, body, changes)}"}, body
    )
    assert not verified(request, "k" * 32)
    good = Request("POST", URL, {**JSON, "authorization": f"Bearer {token('k' * 32, body)}"}, body)
    assert verified(good, "old", "k" * 32)
    assert not verified(good, "k" * 32, api_key="another")
    assert verified(good, "k" * 32, api_key="abcd1234")


def test_the_official_sdk_accepts_the_tokens_that_we_do() -> None:
    now = int(datetime.now(UTC).timestamp())
    jwt = token("k" * 32, b"{}", {"iat": now})
    assert verify_signature(jwt, "k" * 32)
    assert not verify_signature(jwt, "x" * 32)
    request = Request("POST", URL, {**JSON, "authorization": f"Bearer {jwt}"}, b"{}")
    assert verified(request, "k" * 32, now=now)
    assert not verified(request, "x" * 32, now=now)


def read(**changes: str) -> Inbound | Receipt:
    (found,) = VONAGE.parse(ways({**SAID, **changes})[1])
    return found


def test_parts_binary_and_short_senders() -> None:
    at = datetime(2013, 11, 21, 15, 27, 30, tzinfo=UTC)
    plain = Inbound("020000001B0FE827", "+14843472194", "+13239877404", "Test again", sent_at=at)
    for request in ways(SAID):
        assert VONAGE.parse(request) == [plain]
    concat = {"concat": "true", "concat-ref": "7", "concat-total": "3", "concat-part": "2"}
    part = read(**concat)
    assert isinstance(part, Inbound)
    assert part.part == Part("7/3", 2, 3)
    for broken in ({"concat-part": "4"}, {"concat-part": "0"}, {"concat-total": "x"}):
        whole = read(**{**concat, **broken})
        assert isinstance(whole, Inbound)
        assert whole.part is None
    binary = read(type="binary", data="00FF", udh="050003CC0201")
    assert isinstance(binary, Inbound)
    assert (binary.body, binary.flags) == ("00FF", ("binary",))
    short = read(msisdn="Norvane", to="12345")
    assert isinstance(short, Inbound)
    assert (short.sender, short.recipient) == ("Norvane", "12345")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("delivered", Status.DELIVERED),
        ("buffered", Status.QUEUED),
        ("expired", Status.UNDELIVERED),
        ("failed", Status.UNDELIVERED),
        ("rejected", Status.FAILED),
        ("unknown", Status.UNKNOWN),
    ],
)
def test_classic_receipts(word: str, status: Status) -> None:
    said = {"msisdn": "447700900000", "to": "AcmeInc", "messageId": "0A1", "status": word, "err-code": "6"}
    at = datetime(2020, 1, 1, 12, 0, tzinfo=UTC)
    for written in ("2020-01-01 12:00:00", "2020-01-01T12:00:00.000+00:00"):
        for request in ways({**said, "message-timestamp": written}):
            assert VONAGE.parse(request) == [Receipt("0A1", status, word, "6", at)]


def from_messages_api(**said: Any) -> Inbound | Receipt:
    facts = {
        "message_uuid": "m1",
        "to": "447700900000",
        "from": "447700900001",
        "timestamp": "2020-01-01T15:43:21Z",
    }
    (found,) = VONAGE.parse(Request("POST", URL, JSON, json.dumps({**facts, **said}).encode()))
    return found


def test_the_messages_apis_files_and_statuses() -> None:
    at = datetime(2020, 1, 1, 15, 43, 21, tzinfo=UTC)
    image = {"url": "https://a/1.jpg", "caption": "Look"}
    mms = from_messages_api(channel="mms", message_type="image", image=image)
    assert mms == Inbound(
        "m1", "+447700900001", "+447700900000", "Look", sent_at=at, media=(Media("https://a/1.jpg"),)
    )
    refusal = {"type": "https://x", "title": 1000, "detail": "Throttled"}
    assert from_messages_api(status="rejected", error=refusal) == Receipt(
        "m1", Status.FAILED, "rejected", "1000", at
    )
    assert from_messages_api(status="submitted") == Receipt("m1", Status.SENT, "submitted", "", at)


@pytest.mark.parametrize("said", [{"messageId": ""}, {"msisdn": ""}, {"to": "9" * 65}])
def test_what_a_message_cannot_do_without_makes_it_unparsable(said: dict[str, str]) -> None:
    with pytest.raises(Unparsable):
        read(**said)


# The APIs

LOGIN = {"api_key": "abcd1234", "api_secret": "s"}
API = "https://rest.nexmo.com"
OK = {"error-code": "200", "error-code-label": "success"}


def test_offers_cost_euros_a_month() -> None:
    url = f"GET {API}/number/search?country=GB&type=mobile-lvn&features=SMS%2CVOICE&size=20"
    page = [
        {
            "country": "GB",
            "msisdn": "447700900001",
            "cost": "1.25",
            "type": "mobile-lvn",
            "features": ["VOICE", "SMS"],
        },
        {"country": "GB", "msisdn": "447700900002", "cost": "0.98", "features": ["SMS"]},
        {"country": "GB", "msisdn": "447700900003"},
    ]
    said = talk(LOGIN, (url, {"count": 3, "numbers": page}))
    found = said.api("vonage").search(NumberQuery("GB", Kind.MOBILE, frozenset({"sms", "voice"})))
    assert [(offer.e164, offer.monthly_cost, offer.currency) for offer in found] == [
        ("+447700900002", Decimal("0.98"), "EUR"),
        ("+447700900001", Decimal("1.25"), "EUR"),
    ]
    assert said.header("authorization") == httpx.BasicAuth("abcd1234", "s")._auth_header
    nothing = talk(LOGIN, (f"GET {API}/number/search?country=GB&type=landline&features=SMS&size=20", {}))
    assert nothing.api("vonage").search(NumberQuery("GB")) == []
    with pytest.raises(Unsupported, match="vonage does not support national"):
        talk(LOGIN).api("vonage").search(NumberQuery("GB", Kind.NATIONAL))


def test_a_number_that_we_have_costs_what_all_on_sale_cost() -> None:
    url = f"GET {API}/number/search?country=GB&type=mobile-lvn&features=SMS&size=100"
    one = {"country": "GB", "msisdn": "447700900001", "cost": "1.25", "features": ["SMS"]}
    for page, price in (
        ([one, {**one, "msisdn": "447700900002"}], (Decimal("1.25"), "EUR")),
        ([one, {**one, "msisdn": "447700900002", "cost": "0.98"}], None),
        ([], None),
    ):
        said = talk(LOGIN, (url, {"count": len(page), "numbers": page}))
        assert said.api("vonage").list_price("GB", Kind.MOBILE) == price


OFFER = Offer("+447700900001", "GB", Kind.MOBILE, frozenset({"sms"}), Decimal("1.25"), currency="EUR")
KNOWN = (
    f"GET {API}/account/numbers?pattern=447700900001&search_pattern=1",
    {
        "count": 1,
        "numbers": [{"msisdn": "447700900001", "voiceCallbackType": "tel", "voiceCallbackValue": "4420"}],
    },
)


def test_a_purchase_is_followed_by_the_address() -> None:
    said = talk(LOGIN, (f"POST {API}/number/buy", OK), KNOWN, (f"POST {API}/number/update", OK))
    bought = Owned("GB:447700900001", "+447700900001", URL, Decimal("1.25"), "EUR")
    assert said.api("vonage").buy(OFFER, URL) == bought
    assert said.sent(0) == {"country": "GB", "msisdn": "447700900001"}
    assert said.sent(2) == {
        "country": "GB",
        "msisdn": "447700900001",
        "moHttpUrl": URL,
        "voiceCallbackType": "tel",
        "voiceCallbackValue": "4420",
    }
    unlisted = talk(LOGIN, (KNOWN[0], {}))
    with pytest.raises(CallFailed, match="does not list"):
        unlisted.api("vonage").configure("GB:447700900001", URL)
    half = talk(LOGIN, (f"POST {API}/number/buy", OK), KNOWN, (f"POST {API}/number/update", 500))
    assert half.api("vonage").buy(OFFER, URL).webhook_url == "", "bought, and so ours"  # type: ignore[union-attr]


PAPERS = {"error-code": "420", "error-code-label": "Numbers from this country require a valid local address"}


@pytest.mark.parametrize("answer", [refused(420, PAPERS), refused(401, {"error-code": "401"}), PAPERS])
def test_a_refused_purchase_is_the_accounts_to_mend(answer: Answer) -> None:
    with pytest.raises(Rejected) as caught:
        talk(LOGIN, (f"POST {API}/number/buy", answer)).api("vonage").buy(OFFER, URL)
    assert caught.value.fault == "account"


@pytest.mark.parametrize("answer", [{}, 500, httpx.ReadTimeout])
def test_a_purchase_without_a_clear_answer_is_uncertain(answer: Answer) -> None:
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/number/buy", answer)).api("vonage").buy(OFFER, URL)


LIST = f"GET {API}/account/numbers?size=100&index="


def test_what_is_not_listed_any_more_is_released() -> None:
    talk(LOGIN, (f"POST {API}/number/cancel", OK)).api("vonage").release("GB:447700900001")
    gone = talk(LOGIN, (f"POST {API}/number/cancel", refused(420, PAPERS)), (f"{LIST}1", {}))
    gone.api("vonage").release("GB:447700900001")
    assert gone.over
    listed: Answer = {"count": 1, "numbers": [{"country": "GB", "msisdn": "447700900001"}]}
    kept = talk(LOGIN, (f"POST {API}/number/cancel", refused(420, PAPERS)), (f"{LIST}1", listed))
    with pytest.raises(Rejected):
        kept.api("vonage").release("GB:447700900001")


def test_the_list_is_as_long_as_it_says() -> None:
    page = [{"country": "GB", "msisdn": f"4477009{n:05}", "moHttpUrl": URL} for n in range(100)]
    bound = {"country": "US", "msisdn": "14155550101", "app_id": "a1"}
    last = [{"country": "US", "msisdn": "14155550100"}, bound]
    said = talk(
        LOGIN, (f"{LIST}1", {"count": 102, "numbers": page}), (f"{LIST}2", {"count": 102, "numbers": last})
    )
    owned = list(said.api("vonage").owned())
    assert (len(owned), owned[0].webhook_url) == (102, URL)
    assert owned[100:] == [
        Owned("US:14155550100", "+14155550100", ""),
        Owned("US:14155550101", "+14155550101", None),
    ]
    for broken in ({"count": 2, "numbers": []}, {"count": 2}, {"count": "x"}):
        with pytest.raises(CallFailed):
            talk(LOGIN, (f"{LIST}1", broken)).api("vonage").owned()


def sent(*parts: dict[str, str]) -> tuple[str, Answer]:
    return f"POST {API}/sms/json", {"message-count": str(len(parts)), "messages": list(parts)}


def test_a_message_is_sent_as_text_or_unicode_and_counted_by_its_parts() -> None:
    part = {"to": "447700900000", "message-id": "m1", "status": "0", "message-price": "0.03330000"}
    said = talk(LOGIN, sent(part, {**part, "message-id": "m2"}))
    message = Outgoing("+15005550006", "+447700900000", "Hi [€]", status_url=URL)
    assert said.api("vonage").send(message) == Sent("m1", 2, Decimal("0.06660000"), "EUR")
    assert said.sent() == {
        "api_key": "abcd1234",
        "api_secret": "s",
        "from": "15005550006",
        "to": "447700900000",
        "text": "Hi [€]",
        "type": "text",
        "callback": URL,
    }
    unicode = talk(LOGIN, sent({"message-id": "m1", "status": "0"}))
    assert unicode.api("vonage").send(Outgoing("Norvane", "+447700900000", "Привет")) == Sent("m1", 1)
    assert unicode.sent()["type"] == "unicode"


def test_a_200_may_be_a_refusal_and_half_a_refusal_is_uncertain() -> None:
    no = {"status": "7", "error-text": "Number barred"}
    with pytest.raises(Rejected, match=r"Number barred \(7\)"):
        talk(LOGIN, sent(no)).api("vonage").send(Outgoing("1", "2", "x"))
    with pytest.raises(Uncertain, match="only some of the parts"):
        talk(LOGIN, sent({"status": "0", "message-id": "m1"}, no)).api("vonage").send(Outgoing("1", "2", "x"))
    for nothing in (sent(), sent({"status": "0"})):
        with pytest.raises(Uncertain):
            talk(LOGIN, nothing).api("vonage").send(Outgoing("1", "2", "x"))
    with pytest.raises(Unsupported, match="files"):
        talk(LOGIN).api("vonage").send(Outgoing("1", "2", "x", ("https://a/1",)))
