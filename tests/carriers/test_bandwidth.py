"""Bandwidth: its callbacks, and its APIs in JSON and XML.

https://dev.bandwidth.com/docs/messaging/webhooks, /apis/messaging, /apis/numbers
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import URL
from tests.carriers.samples.bandwidth import REF

BANDWIDTH = carriers.get("bandwidth")
MESSAGE = {
    "id": REF,
    "owner": "+12345678902",
    "applicationId": "a1",
    "time": "2025-01-06T15:43:34.000000Z",
    "segmentCount": 1,
    "direction": "in",
    "to": ["+12345678902"],
    "from": "+12345678901",
    "text": "Hey",
}


def read(*events: dict[str, Any]) -> list[Inbound | Receipt]:
    return BANDWIDTH.parse(Request("POST", URL, {}, json.dumps(list(events)).encode()))


def received(**changes: Any) -> dict[str, Any]:
    event = {"time": "2025-01-06T15:43:35.502180Z", "type": "message-received", "to": "+12345678902"}
    return {**event, "description": "Incoming message received", "message": {**MESSAGE, **changes}}


def test_a_list_is_read_whole() -> None:
    at = datetime(2025, 1, 6, 15, 43, 34, tzinfo=UTC)
    plain = Inbound(REF, "+12345678901", "+12345678902", "Hey", sent_at=at, segments=1)
    files = received(id="m2", to=["+12345678902", "+12345678903"], text=None, media=["https://a/1.png"])
    (first, second) = read(received(), files)
    assert first == plain
    assert isinstance(second, Inbound)
    assert (second.recipient, second.body, second.media) == ("+12345678902", "", (Media("https://a/1.png"),))
    assert read() == []


def test_what_we_sent_ourselves_and_other_events_say_nothing() -> None:
    assert read(received(direction="out"), {"type": "campaign-update", "id": "c1"}) == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("message-sending", Status.QUEUED),
        ("message-sent", Status.SENT),
        ("message-delivered", Status.DELIVERED),
        ("message-read", Status.DELIVERED),
        ("message-failed", Status.UNDELIVERED),
    ],
)
def test_receipts(kind: str, status: Status) -> None:
    at = datetime(2024, 12, 18, 16, 51, 27, 704450, tzinfo=UTC)
    event = {"type": kind, "time": "2024-12-18T16:51:27.704450Z", "to": "+52345678903", "message": MESSAGE}
    assert read({**event, "errorCode": 4432}) == [Receipt(REF, status, kind, "4432", at)]
    assert read(event) == [Receipt(REF, status, kind, "", at)]


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"null", b"", json.dumps([received(id="")]).encode()])
def test_what_is_no_list_of_events_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        BANDWIDTH.parse(Request("POST", URL, {}, body))


# The APIs

LOGIN = {
    "account_id": "9900000",
    "application_id": "app1",
    "api_username": "u",
    "api_password": "p",
    "site_id": "12",
    "peer_id": "34",
    "area_code": "919",
    "price_month": "0.35",
}
UNNAMED = {name: value for name, value in LOGIN.items() if name != "application_id"}
API = "https://dashboard.bandwidth.com/api/v1/accounts/9900000"


def found(*numbers: str) -> str:
    listed = "".join(f"<TelephoneNumber>{number}</TelephoneNumber>" for number in numbers)
    count = f"<ResultCount>{len(numbers)}</ResultCount>"
    return f"<SearchResult>{count}<TelephoneNumberList>{listed}</TelephoneNumberList></SearchResult>"


def test_offers_are_of_the_country_and_have_the_operators_price() -> None:
    url = f"GET {API}/availableNumbers?quantity=20&areaCode=919"
    said = talk(LOGIN, (url, found("9195551234", "4165550123")))
    has = frozenset({"sms", "mms", "voice"})
    assert said.api("bandwidth").search(NumberQuery("US")) == [
        Offer("+19195551234", "US", Kind.LOCAL, has, Decimal("0.35"))
    ]
    assert said.header("authorization") == httpx.BasicAuth("u", "p")._auth_header
    free = talk(
        LOGIN,
        (f"GET {API}/availableNumbers?quantity=20&tollFreeWildCardPattern=8%2A%2A", found("8005550100")),
    )
    assert [offer.e164 for offer in free.api("bandwidth").search(NumberQuery("US", Kind.TOLL_FREE))] == [
        "+18005550100"
    ]
    chosen = talk(LOGIN, (f"GET {API}/availableNumbers?quantity=20&areaCode=212", found()))
    assert chosen.api("bandwidth").search(NumberQuery("US", contains="2125")) == []
    written = talk(LOGIN, (f"GET {API}/availableNumbers?quantity=20&areaCode=212", found()))
    assert written.api("bandwidth").search(NumberQuery("US", contains="+1212")) == []
    with pytest.raises(Unsupported, match="bandwidth does not support local numbers in GB"):
        talk(LOGIN).api("bandwidth").search(NumberQuery("GB"))
    with pytest.raises(Rejected, match="price_month"):
        talk({**LOGIN, "price_month": "x"}).api("bandwidth").search(NumberQuery("US"))


OFFER = Offer("+19195551234", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("0.35"))
RESPONSE = "<OrderResponse><Order><Name/><id>f30a31a1</id></Order><OrderStatus>RECEIVED</OrderStatus></OrderResponse>"


def order(status: str, more: str = "") -> str:
    return f"<OrderResponse><id>f30a31a1</id><OrderStatus>{status}</OrderStatus>{more}</OrderResponse>"


DONE = "<CompletedNumbers><TelephoneNumber><FullNumber>9195551234</FullNumber></TelephoneNumber></CompletedNumbers>"
ERROR = "<ErrorList><Error><Code>5005</Code><Description>not available</Description></Error></ErrorList>"


def test_a_purchase_is_an_order_into_site_and_peer() -> None:
    said = talk(LOGIN, (f"POST {API}/orders", httpx.Response(201, text=RESPONSE)))
    assert said.api("bandwidth").buy(OFFER, URL) == Ordered("f30a31a1")
    sent = fromstring(said.requests[0].content)
    assert (sent.tag, sent.findtext("SiteId"), sent.findtext("PeerId")) == ("Order", "12", "34")
    path = "ExistingTelephoneNumberOrderType/TelephoneNumberList/TelephoneNumber"
    assert [element.text for element in sent.findall(path)] == ["9195551234"]
    assert said.header("content-type") == "application/xml"


def test_an_order_is_followed_to_its_end() -> None:
    url = f"GET {API}/orders/f30a31a1"
    for status in ("RECEIVED", "PROCESSING", "BACKORDERED", ""):
        assert talk(LOGIN, (url, order(status))).api("bandwidth").order("f30a31a1") == Ordered("f30a31a1")
    done = talk(LOGIN, (url, order("COMPLETE", DONE)))
    assert done.api("bandwidth").order("f30a31a1") == Owned("9195551234", "+19195551234")
    with pytest.raises(Rejected, match="not available") as caught:
        talk(LOGIN, (url, order("FAILED", ERROR))).api("bandwidth").order("f30a31a1")
    assert caught.value.code == "5005"


def test_an_order_is_found_by_our_id() -> None:
    """The list is as in https://github.com/dtolb/raml2gitbook, getaccountsaccountIdorders.md."""
    said = talk(LOGIN, (f"POST {API}/orders", httpx.Response(201, text=RESPONSE)))
    said.api("bandwidth").buy(OFFER, URL, "k1")
    assert fromstring(said.requests[0].content).findtext("CustomerOrderId") == "k1"
    asked = f"GET {API}/orders?page=1&size=10&customerOrderId=k1"
    line = "<OrderIdUserIdDate><orderId>{}</orderId><OrderStatus>{}</OrderStatus></OrderIdUserIdDate>"
    failed, done = line.format("0", "FAILED"), line.format("f30a31a1", "COMPLETE")
    page = "<ResponseSelectWrapper><ListOrderIdUserIdDate>{}</ListOrderIdUserIdDate></ResponseSelectWrapper>"
    followed = talk(
        LOGIN,
        (asked, page.format(failed + done)),
        (f"GET {API}/orders/f30a31a1", order("COMPLETE", DONE)),
    )
    assert followed.api("bandwidth").find("k1") == Owned("9195551234", "+19195551234")
    assert talk(LOGIN, (asked, page.format(failed))).api("bandwidth").find("k1") is None
    assert talk(LOGIN, (asked, page.format(""))).api("bandwidth").find("k1") is None


@pytest.mark.parametrize("answer", ["<OrderResponse/>", "no XML", 500, httpx.ReadTimeout])
def test_a_purchase_without_a_clear_answer_is_uncertain(answer: Answer) -> None:
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/orders", answer)).api("bandwidth").buy(OFFER, URL)


def test_refusals_come_in_the_carriers_words_and_xml_is_read_with_care() -> None:
    no = httpx.Response(400, text=f"<OrderResponse>{ERROR}</OrderResponse>")
    with pytest.raises(Rejected, match=r"Bandwidth: not available \(5005\)"):
        talk(LOGIN, (f"POST {API}/orders", no)).api("bandwidth").buy(OFFER, URL)
    with pytest.raises(Rejected, match="HTTP 401") as caught:
        talk(LOGIN, (f"POST {API}/orders", httpx.Response(401, text="x"))).api("bandwidth").buy(OFFER, URL)
    assert caught.value.fault == "account"
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(CallFailed, match="is not XML"):
        talk(LOGIN, (f"GET {API}/orders/1", bomb)).api("bandwidth").order("1")


LIST = f"GET {API}/inserviceNumbers?page="


def page(link: str, *numbers: str, total: int = 0) -> str:
    listed = "".join(f"<TelephoneNumber>{number}</TelephoneNumber>" for number in numbers)
    links = f"<Links><first>x</first>{f'<next>{link}</next>' if link else ''}</Links>"
    numbered = f"<TelephoneNumbers><Count>1</Count>{listed}</TelephoneNumbers>"
    return f"<TNs><TotalCount>{total}</TotalCount>{links}{numbered}</TNs>"


def test_numbers_in_service_are_listed_page_by_page() -> None:
    link = "&lt;https://dashboard.bandwidth.com/x?size=500&amp;page=9195551235&gt;; rel=&quot;next&quot;"
    said = talk(
        UNNAMED,
        (f"{LIST}1&size=500", page(link, "9195551234")),
        (f"{LIST}9195551235&size=500", page("", "9195551235", total=2)),
    )
    assert said.api("bandwidth").owned() == [
        Owned("9195551234", "+19195551234", None, Decimal("0.35")),
        Owned("9195551235", "+19195551235", None, Decimal("0.35")),
    ]
    again = (f"{LIST}9195551235&size=500", page(link, "9195551235"))
    with pytest.raises(CallFailed, match="does not end"):
        talk(UNNAMED, (f"{LIST}1&size=500", page(link)), again).api("bandwidth").owned()


APPLICATION = "https://dashboard.bandwidth.com/api/accounts/9900000/applications/app1"


def application(address: str) -> str:
    """As published: https://dev.bandwidth.com/docs/account/applications."""
    inner = f"<ServiceType>Messaging-V2</ServiceType><InboundCallbackUrl>{address}</InboundCallbackUrl>"
    return f"<ApplicationProvisioningResponse><Application>{inner}</Application></ApplicationProvisioningResponse>"


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (application("https://old.example/"), "https://old.example/"),
        (application(""), ""),
        (httpx.Response(404, text=f"<x>{ERROR}</x>"), ""),
        (httpx.Response(403, text=""), None),
    ],
)
def test_numbers_go_where_the_application_goes(answer: Answer, address: str | None) -> None:
    listed = (f"{LIST}1&size=500", page("", "9195551234", total=1))
    said = talk(LOGIN, (f"GET {APPLICATION}", answer), listed)
    assert [number.webhook_url for number in said.api("bandwidth").owned()] == [address]


def test_the_application_is_pointed_at_us_with_the_login_that_we_check() -> None:
    secrets = {**LOGIN, "username": "u1", "password": ["new", "old"]}
    said = talk(secrets, (f"PATCH {APPLICATION}", application(URL)))
    said.api("bandwidth").configure("9195551234", URL)
    sent = fromstring(said.requests[0].content)
    assert [(element.tag, element.text) for element in sent.iter()] == [
        ("Application", None),
        ("InboundCallbackUrl", URL),
        ("OutboundCallbackUrl", f"{URL}status/"),
        ("InboundCallbackCreds", None),
        ("UserId", "u1"),
        ("Password", "new"),
        ("OutboundCallbackCreds", None),
        ("UserId", "u1"),
        ("Password", "new"),
    ]
    with pytest.raises(Uncertain):
        talk(secrets, (f"PATCH {APPLICATION}", 500)).api("bandwidth").configure("9195551234", URL)
    with pytest.raises(CallFailed, match="is not an application"):
        talk(LOGIN, (f"GET {APPLICATION}", "<html/>")).api("bandwidth").owned()


def test_what_is_not_in_service_any_more_is_released() -> None:
    said = talk(LOGIN, (f"POST {API}/disconnects", httpx.Response(201, text="<x/>")))
    said.api("bandwidth").release("9195551234")
    sent = fromstring(said.requests[0].content)
    path = "DisconnectTelephoneNumberOrderType/TelephoneNumberList/TelephoneNumber"
    assert [element.text for element in sent.findall(path)] == ["9195551234"]
    no = httpx.Response(400, text=f"<x>{ERROR}</x>")
    talk(LOGIN, (f"POST {API}/disconnects", no), (f"{LIST}1&size=500", page(""))).api("bandwidth").release(
        "9195551234"
    )
    kept = talk(LOGIN, (f"POST {API}/disconnects", no), (f"{LIST}1&size=500", page("", "9195551234")))
    with pytest.raises(Rejected):
        kept.api("bandwidth").release("9195551234")


def test_a_message_is_sent_through_the_application() -> None:
    url = "POST https://messaging.bandwidth.com/api/v2/users/9900000/messages"
    said = talk(LOGIN, (url, httpx.Response(202, json={"id": REF, "segmentCount": 2})))
    assert said.api("bandwidth").send(
        Outgoing("+12345678902", "+12345678901", "Hi", ("https://a/1",))
    ) == Sent(REF, 2)
    assert said.sent() == {
        "applicationId": "app1",
        "to": ["+12345678901"],
        "from": "+12345678902",
        "text": "Hi",
        "media": ["https://a/1"],
    }
    with pytest.raises(Uncertain):
        talk(LOGIN, (url, httpx.Response(202, json={}))).api("bandwidth").send(Outgoing("1", "2", "x"))
    no = refused(400, {"type": "request-validation", "description": "Your request could not be accepted"})
    with pytest.raises(Rejected, match=r"could not be accepted \(request-validation\)"):
        talk(LOGIN, (url, no)).api("bandwidth").send(Outgoing("1", "2", "x"))


@pytest.mark.parametrize(
    "answer",
    [
        "<html><body>Maintenance</body></html>",
        f"<TNs>{ERROR}</TNs>",
        "",
        "<TNs><TotalCount>x</TotalCount></TNs>",
        page("", "9195551235", total=2),
        '<?xml version="1.0" encoding="hex"?><TNs/>',
    ],
)
def test_what_is_no_whole_list_is_an_error_and_releases_nothing(answer: str) -> None:
    with pytest.raises(CallFailed):
        talk(UNNAMED, (f"{LIST}1&size=500", answer)).api("bandwidth").owned()
    no = httpx.Response(400, text=f"<x>{ERROR}</x>")
    said = talk(LOGIN, (f"POST {API}/disconnects", no), (f"{LIST}1&size=500", answer))
    with pytest.raises(CallFailed):
        said.api("bandwidth").release("9195551234")


def test_an_encoding_that_nobody_knows_leaves_a_purchase_uncertain() -> None:
    answer = httpx.Response(201, content=b'<?xml version="1.0" encoding="hex"?><a/>')
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/orders", answer)).api("bandwidth").buy(OFFER, URL)


def test_a_refusal_to_tell_of_an_order_does_not_fail_it() -> None:
    for answer in (404, 401):
        with pytest.raises(CallFailed) as caught:
            talk(LOGIN, (f"GET {API}/orders/1", answer)).api("bandwidth").order("1")
        assert caught.value.retry
        assert not isinstance(caught.value, Rejected)
