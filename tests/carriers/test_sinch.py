"""Sinch: signatures against official vectors and the official SDK, its callbacks, its APIs' published shapes.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks, /docs/numbers/api-reference;
vectors: sinch-sdk-node packages/sms/tests/rest/v1/callbacks, sinch-sdk-python tests/unit/domains/authentication
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sinch.domains.authentication.sinch_events.v1.authentication_validation import (
    validate_signature_header,
    validate_sinch_event_signature_with_nonce,
)

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.sinch import HEADER, REF, signed

SINCH = carriers.get("sinch")


def verified(request: Request, *secrets: str, now: float = NOW) -> bool:
    try:
        SINCH.verify(request, {"webhook_secret": list(secrets)}, now)
    except BadSignature:
        return False
    return True


REPORT = (
    '{"at":"2025-01-13T09:22:40.914Z","batch_id":"01JHFFHQ0P99JPPNQPJDV7JTBP","client_reference":"a client reference",'
    '"code":0,"operator_status_at":"2025-01-13T09:22:00Z","recipient":"33662162466","status":"Delivered",'
    '"type":"recipient_delivery_report_sms"}'
)


def test_the_published_vector_of_a_receipt() -> None:
    headers = {
        HEADER: "ZoHei66PPN/kZjw7hFVfGhJOnml3iGNCMWoyQVcE5o0=",
        f"{HEADER}-nonce": "01JHFFHWYY7HSS4FWTMDTQEK8V",
        f"{HEADER}-timestamp": "1736760161",
    }
    request, secret = Request("POST", URL, headers, REPORT.encode()), "SMSWebhooksSecret"
    assert verified(request, "old", secret, now=1736760161 + 300)
    assert not verified(request, secret, now=1736760161 + 301)
    assert not verified(
        Request("POST", URL, {**headers, f"{HEADER}-nonce": "1"}, request.body), secret, now=1736760161
    )
    md5 = {**headers, f"{HEADER}-algorithm": "HmacMD5"}
    assert not verified(Request("POST", URL, md5, request.body), secret, now=1736760161)
    at = datetime(2025, 1, 13, 9, 22, 40, 914_000, tzinfo=UTC)
    assert SINCH.parse(request) == [
        Receipt("01JHFFHQ0P99JPPNQPJDV7JTBP", Status.DELIVERED, "Delivered", "", at)
    ]


NUMBER_EVENT = (
    '{"eventId":"event_id","timestamp":"2025-04-08T10:38:04.854087603","projectId":"project-id",'
    '"resourceId":"+1234567890","resourceType":"ACTIVE_NUMBER","eventType":"PROVISIONING_TO_VOICE_PLATFORM",'
    '"status":"SUCCEEDED","failureCode":null,"internalFailureCode":null}'
)


def test_the_published_vector_of_a_numbers_event() -> None:
    headers = {"X-Sinch-Signature": "d2107528d5d52897a97dc6e24e09a208036ccd83"}
    request = Request("POST", URL, headers, NUMBER_EVENT.encode())
    assert verified(request, "my-callback-secret")
    assert not verified(request, "other")
    assert SINCH.parse(request) == []


@pytest.mark.parametrize("tampered", ["", "body", "nonce", "secret"])
def test_ours_and_the_official_sdk_agree(tampered: str) -> None:
    request, secret = (
        signed("a-secret", '{"type":"mo_text","body":"é"}'.encode()),
        "a-secret" + "x" * (tampered == "secret"),
    )
    headers = {**request.headers, f"{HEADER}-nonce": "n2" if tampered == "nonce" else "n1"}
    body = request.body + b" " * (tampered == "body")
    theirs = validate_sinch_event_signature_with_nonce(secret, headers, body.decode())
    assert verified(Request("POST", URL, headers, body), secret) == theirs == (not tampered)
    assert validate_signature_header(
        "my-callback-secret", {"x-sinch-signature": "d2107528d5d52897a97dc6e24e09a208036ccd83"}, NUMBER_EVENT
    )


def read(**said: Any) -> list[Inbound | Receipt]:
    facts = {"id": REF, "from": "+11203494390", "to": "11203453453", "received_at": "2019-08-24T14:17:22Z"}
    return SINCH.parse(Request("POST", URL, {}, json.dumps({**facts, **said}).encode()))


def test_text_binary_and_files() -> None:
    at = datetime(2019, 8, 24, 14, 17, 22, tzinfo=UTC)
    plain = Inbound(REF, "+11203494390", "+11203453453", "a\nbody", sent_at=at)
    assert read(type="mo_text", body="a\nbody") == [plain]
    (binary,) = read(type="mo_binary", body="AP8=", udh="050003")
    assert isinstance(binary, Inbound)
    assert (binary.body, binary.flags) == ("00ff", ("binary",))
    files = [{"url": "https://foo.url", "content_type": "image/png", "status": "Uploaded", "code": 0}]
    (mms,) = read(type="mo_media", body={"subject": "s", "message": "my message", "media": files})
    assert isinstance(mms, Inbound)
    assert (mms.body, mms.media) == ("s\nmy message", (Media("https://foo.url", "image/png"),))
    (short,) = read(type="mo_text", body="x", **{"from": "3010", "to": "12345"})
    assert isinstance(short, Inbound)
    assert (short.sender, short.recipient) == ("3010", "12345")


def test_reports_of_a_batch_and_words_in_any_case() -> None:
    statuses = [{"code": 412, "status": "ABORTED", "count": 1, "recipients": ["44231235674"]}]
    assert read(type="delivery_report_sms", batch_id="b1", statuses=statuses) == [
        Receipt("b1", Status.FAILED, "ABORTED", "412")
    ]
    one = {"type": "recipient_delivery_report_sms", "batch_id": "b1", "recipient": "+44231235674"}
    assert read(**one, code=401, status="Dispatched") == [Receipt("b1", Status.SENT, "Dispatched")]
    assert read(**one, code=7, status="Teleported") == [Receipt("b1", Status.UNKNOWN, "Teleported", "7")]


@pytest.mark.parametrize("said", [{}, {"type": "mo_text", "to": ""}, {"type": "mo_text", "id": None}])
def test_what_says_nothing_is_unparsable(said: dict[str, Any]) -> None:
    with pytest.raises(Unparsable):
        read(**said)


# The APIs

LOGIN = {
    "service_plan_id": "sp1",
    "api_token": "t1",
    "project_id": "pr1",
    "key_id": "k1",
    "key_secret": "s1",
    "region": "eu",
}
API = "https://numbers.api.sinch.com/v1/projects/pr1"
PLAN = "https://eu.sms.api.sinch.com/xms/v1/sp1"


def listed(e164: str, amount: str, **changes: Any) -> dict[str, Any]:
    facts = {"phoneNumber": e164, "regionCode": "SE", "type": "MOBILE", "capability": ["SMS", "VOICE"]}
    prices = {"setupPrice": {"currencyCode": "EUR", "amount": "0.57"}}
    prices |= {"monthlyPrice": {"currencyCode": "EUR", "amount": amount}}
    return {
        **facts,
        **prices,
        "paymentIntervalMonths": 1,
        "supportingDocumentationRequired": False,
        **changes,
    }


def test_offers_are_cheapest_first_without_those_that_need_documents() -> None:
    url = f"GET {API}/availableNumbers?regionCode=SE&type=MOBILE&capabilities=SMS&size=20"
    page = [
        listed("+46700000001", "0.90", paymentIntervalMonths=3),
        listed("+46700000002", "0.80"),
        listed("+46700000003", "0.10", supportingDocumentationRequired=True),
        listed("+46700000004", "0.10", setupPrice={"currencyCode": "USD", "amount": "1"}),
        listed("+46700000005", "0.10", capability=["VOICE"]),
    ]
    said = talk(LOGIN, (url, {"availableNumbers": page}))
    found = said.api("sinch").search(NumberQuery("SE", Kind.MOBILE))
    assert [(offer.e164, offer.monthly_cost, offer.setup_cost, offer.currency) for offer in found] == [
        ("+46700000002", Decimal("0.8000"), Decimal("0.57"), "EUR"),
        ("+46700000001", Decimal("0.9000"), Decimal("0.57"), "EUR"),
    ]
    assert said.header("authorization") == httpx.BasicAuth("k1", "s1")._auth_header
    assert talk(LOGIN, (url, {})).api("sinch").search(NumberQuery("SE", Kind.MOBILE)) == []
    with pytest.raises(Unsupported, match="sinch does not support national"):
        talk(LOGIN).api("sinch").search(NumberQuery("SE", Kind.NATIONAL))


OFFER = Offer("+12025550134", "US", Kind.MOBILE, frozenset({"sms"}), Decimal(2))


def number(plan: str = "", status: str = "") -> dict[str, Any]:
    sms = {"servicePlanId": plan, "scheduledProvisioning": {"servicePlanId": "sp1", "status": status}}
    money = {"currencyCode": "USD", "amount": "6.00"}
    return {
        "phoneNumber": "+12025550134",
        "money": money,
        "paymentIntervalMonths": 3,
        "smsConfiguration": sms,
    }


OURS = Owned("+12025550134", "+12025550134", None, Decimal("2.0000"), "USD")


def test_a_rented_number_is_under_way_until_it_is_in_the_plan() -> None:
    rent = f"POST {API}/availableNumbers/+12025550134:rent"
    said = talk(LOGIN, (rent, number("", "WAITING")))
    assert said.api("sinch").buy(OFFER, URL) == Ordered("+12025550134")
    assert said.sent() == {"smsConfiguration": {"servicePlanId": "sp1"}}
    asked = f"GET {API}/activeNumbers/+12025550134"
    assert talk(LOGIN, (asked, number("", "IN_PROGRESS"))).api("sinch").order(OFFER.e164) == Ordered(
        OFFER.e164
    )
    assert talk(LOGIN, (asked, number("sp1", "WAITING"))).api("sinch").order(OFFER.e164) == OURS
    assert talk(LOGIN, (asked, number("", "FAILED"))).api("sinch").order(OFFER.e164) == OURS, (
        "rented, so paid"
    )
    answers: list[Answer] = [{}, {"phoneNumber": "+1"}, 500, httpx.ReadTimeout]
    for answer in answers:
        with pytest.raises(Uncertain):
            talk(LOGIN, (rent, answer)).api("sinch").buy(OFFER, URL)


@pytest.mark.parametrize("answer", [401, 403, 500, {}, httpx.ReadTimeout])
def test_an_order_stands_whatever_goes_wrong_with_asking(answer: Answer) -> None:
    asked = f"GET {API}/activeNumbers/+12025550134"
    with pytest.raises(CallFailed) as caught:
        talk(LOGIN, (asked, answer)).api("sinch").order(OFFER.e164)
    assert not isinstance(caught.value, Rejected)
    with pytest.raises(Rejected, match="does not have this number"):
        talk(LOGIN, (asked, 404)).api("sinch").order(OFFER.e164)


def test_refusals_come_in_the_carriers_words() -> None:
    error = {"error": {"code": 404, "message": "not available", "status": "NOT_FOUND", "details": []}}
    rent = f"POST {API}/availableNumbers/+12025550134:rent"
    with pytest.raises(Rejected, match=r"Sinch: not available \(NOT_FOUND\)"):
        talk(LOGIN, (rent, refused(404, error))).api("sinch").buy(OFFER, URL)


@pytest.mark.parametrize("answer", [{"phoneNumber": "+12025550134"}, 404])
def test_a_release_is_done_once(answer: Answer) -> None:
    said = talk(LOGIN, (f"POST {API}/activeNumbers/+12025550134:release", answer))
    said.api("sinch").release("+12025550134")
    assert said.over


def test_the_list_is_followed_by_its_tokens() -> None:
    said = talk(
        LOGIN,
        (f"GET {API}/activeNumbers?pageSize=100", {"activeNumbers": [number("sp1")], "nextPageToken": "t2"}),
        (f"GET {API}/activeNumbers?pageSize=100&pageToken=t2", {"activeNumbers": [], "nextPageToken": ""}),
    )
    assert said.api("sinch").owned() == [OURS]
    one = f"GET {API}/activeNumbers?pageSize=100"
    assert talk(LOGIN, (one, {"totalSize": 0})).api("sinch").owned() == []
    for short in ({}, {"totalSize": 1}, {"totalSize": 2, "activeNumbers": [number("sp1")]}):
        with pytest.raises(CallFailed):
            talk(LOGIN, (one, short)).api("sinch").owned()
    again = {"activeNumbers": [], "nextPageToken": "t2"}
    with pytest.raises(CallFailed, match="does not end"):
        talk(
            LOGIN,
            (f"GET {API}/activeNumbers?pageSize=100", again),
            (f"GET {API}/activeNumbers?pageSize=100&pageToken=t2", again),
        ).api("sinch").owned()


def test_the_log_is_read_page_by_page() -> None:
    item = {"type": "mo_text", "from": "11203494390", "to": "11203453453", "body": "Hi"}
    start = "start_date=2026-09-21T00%3A00%3A00.000Z"
    full = [{**item, "id": f"m{n}"} for n in range(100)]
    said = talk(
        LOGIN,
        (f"GET {PLAN}/inbounds?{start}&page=0&page_size=100", {"count": 101, "page": 0, "inbounds": full}),
        (f"GET {PLAN}/inbounds?{start}&page=1&page_size=100", {"inbounds": [{**item, "id": "last"}]}),
    )
    found = list(said.api("sinch").messages(datetime(2026, 9, 21, tzinfo=UTC)))
    assert (len(found), found[-1]) == (101, Inbound("last", "+11203494390", "+11203453453", "Hi"))
    assert said.header("authorization") == "Bearer t1"


def test_the_log_is_read_to_its_count_or_is_an_error() -> None:
    item = {"type": "mo_text", "from": "11203494390", "to": "11203453453", "body": "Hi"}
    since, url = (
        datetime(2026, 9, 21, tzinfo=UTC),
        f"GET {PLAN}/inbounds?start_date=2026-09-21T00%3A00%3A00.000Z",
    )
    first: Answer = {"count": 2, "inbounds": [{**item, "id": "m1"}]}
    second: Answer = {"count": 2, "inbounds": [{**item, "id": "m2"}]}
    pages = [f"{url}&page={n}&page_size=100" for n in (0, 1)]
    said = talk(LOGIN, (pages[0], first), (pages[1], second))
    assert [message.ref for message in said.api("sinch").messages(since)] == ["m1", "m2"]
    said = talk(LOGIN, (pages[0], first), (pages[1], {"count": 2, "inbounds": []}))
    with pytest.raises(CallFailed, match="ends early"):
        list(said.api("sinch").messages(since))
    assert list(talk(LOGIN, (pages[0], {"inbounds": []})).api("sinch").messages(since)) == []


def test_a_message_is_a_batch_of_one() -> None:
    said = talk(LOGIN, (f"POST {PLAN}/batches", {"id": "b1"}))
    assert said.api("sinch").send(Outgoing("+1202555", "+4423", "Hi", status_url=URL)) == Sent("b1")
    assert said.sent() == {
        "type": "mt_text",
        "from": "1202555",
        "to": ["4423"],
        "body": "Hi",
        "delivery_report": "per_recipient",
        "callback_url": URL,
    }
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {PLAN}/batches", {})).api("sinch").send(Outgoing("1", "2", "x"))
    with pytest.raises(Rejected, match="region"):
        talk({**LOGIN, "region": "evil.example/"}).api("sinch").send(Outgoing("1", "2", "x"))
    with pytest.raises(Unsupported, match="files"):
        talk(LOGIN).api("sinch").send(Outgoing("1", "2", "x", ("https://a/1",)))
