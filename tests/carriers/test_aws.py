"""AWS: SNS signatures of real deliveries, its payloads, SigV4 against botocore, its API's published shapes.

https://docs.aws.amazon.com/sms-voice/latest/userguide, /sns/latest/dg; botocore's model pinpoint-sms-voice-v2
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.stub import Stubber
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from numbers import carriers
from numbers.carriers.aws import api
from numbers.carriers.contract import Request
from numbers.carriers.errors import (
    BadSignature,
    CallFailed,
    CannotVerify,
    Rejected,
    Uncertain,
    Unparsable,
    Unsupported,
)
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Sent, Status
from numbers.carriers.toolkit import sns
from numbers.models import Account
from tempsms import ROOT
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.aws import REF, envelope, request, trust
from tests.conftest import Sql
from tests.factories import make_account
from tests.unprocessed_requests import unprocessed_requests

AWS = carriers.get("aws")
VECTORS = json.loads((ROOT / "tests/carriers/vectors/aws.json").read_text())
TOPIC = "arn:aws:sns:us-east-1:123456789012:sms"


def verified(given: Request, *topics: str, now: float = NOW) -> bool:
    try:
        AWS.verify(given, {"topic_arn": list(topics)}, now)
    except BadSignature:
        return False
    return True


@pytest.fixture
def real_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of July 2022, as if it had been fetched."""
    key = x509.load_pem_x509_certificate(VECTORS["certificate_pem"].encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    monkeypatch.setattr(sns, "public_key", lambda address: key)


@pytest.mark.parametrize("message", VECTORS["messages"], ids=lambda item: str(item["MessageId"])[:8])
def test_real_deliveries(real_certificate: None, message: dict[str, str]) -> None:
    at = datetime.fromisoformat(message["Timestamp"]).timestamp()
    good = Request("POST", URL, {}, json.dumps(message).encode())
    assert verified(good, "other", message["TopicArn"], now=at)
    assert verified(good, message["TopicArn"], now=at + 3900)
    assert not verified(good, message["TopicArn"], now=at + 3901)
    assert not verified(good, "other", now=at)
    for name in ("Message", "MessageId", "Timestamp", "Type", "SignatureVersion", "Subject"):
        tampered = {**message, name: (message.get(name) or "") + "1"}
        assert not verified(
            Request("POST", URL, {}, json.dumps(tampered).encode()), message["TopicArn"], now=at
        )


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
        "https://sns.us-east-1.amazonaws.com:8443/x.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem?y=.pem",
        "https://sns.us-east-1.amazonaws.com/a/../x.pem",
        "https://s3.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem\n",
        "",
    ],
)
def test_certificates_come_from_sns_alone(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def fetched(address: str) -> RSAPublicKey:
        raise AssertionError(address)

    monkeypatch.setattr(sns, "public_key", fetched)
    with pytest.raises(BadSignature, match="elsewhere"):
        AWS.verify(request(envelope({}, TOPIC, SigningCertURL=address)), {"topic_arn": TOPIC}, NOW)


def test_a_certificate_is_fetched_once_and_never_at_will(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(given: httpx.Request) -> httpx.Response:
        asked.append(str(given.url))
        if "good" in asked[-1]:
            return httpx.Response(200, text=VECTORS["certificate_pem"])
        if "away" in asked[-1]:
            raise httpx.ConnectError("no way there")
        return httpx.Response(503 if "busy" in asked[-1] else 404)

    clock = [1000.0]
    monkeypatch.setattr(sns, "_http", httpx.Client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(sns, "known_keys", {})
    monkeypatch.setattr(sns, "_last_fetch", 0.0)
    monkeypatch.setattr("numbers.carriers.toolkit.sns.time.monotonic", lambda: clock[0])
    good, bad = "https://sns.us-east-1.amazonaws.com/good.pem", "https://sns.us-east-1.amazonaws.com/bad.pem"
    with pytest.raises(BadSignature, match="could not be had") as caught:
        sns.public_key(bad)
    assert not isinstance(caught.value, CannotVerify)
    with pytest.raises(CannotVerify, match="a moment ago"):
        sns.public_key(good)
    for word in ("away", "busy"):
        clock[0] += 10
        with pytest.raises(CannotVerify, match="could not be had"):
            sns.public_key(bad.replace("bad", word))
    clock[0] += 10
    assert sns.public_key(good) is sns.public_key(good)
    assert asked == [bad, bad.replace("bad", "away"), bad.replace("bad", "busy"), good]


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An AWS account."""
    return make_account(carrier="aws", secrets={"topic_arn": TOPIC})


async def test_sns_hears_come_again_while_its_certificate_cannot_be_had(
    site: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(given: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way there")

    monkeypatch.setattr(sns, "_http", httpx.Client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(sns, "known_keys", {})
    monkeypatch.setattr(sns, "_last_fetch", -99.0)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    given = request(envelope({"messageBody": "Hi"}, TOPIC, Timestamp=now))
    answered = await site.post(account.webhook_url, content=given.body, headers=given.headers)
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "5")


def test_messages_and_events() -> None:
    trust()
    told = {"originationNumber": "+14255550182", "destinationNumber": "+12125550101", "messageBody": "Hi"}
    (message,) = AWS.parse(request(envelope({**told, "inboundMessageId": REF}, TOPIC)))
    at = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert message == Inbound(REF, "+14255550182", "+12125550101", "Hi", sent_at=at)
    event = {"eventVersion": "1.0", "eventTimestamp": 1686975103470, "messageId": "m1", "isFinal": True}
    seen = datetime(2023, 6, 17, 4, 11, 43, 470_000, tzinfo=UTC)
    for kind, status, error in (
        ("TEXT_SUCCESSFUL", Status.DELIVERED, ""),
        ("TEXT_DELIVERED", Status.DELIVERED, ""),
        ("TEXT_SENT", Status.SENT, ""),
        ("TEXT_CARRIER_BLOCKED", Status.UNDELIVERED, "CARRIER_BLOCKED"),
        ("TEXT_SPAM", Status.FAILED, "SPAM"),
        ("TEXT_TELEPORTED", Status.UNKNOWN, ""),
    ):
        said = {**event, "eventType": kind, "messageStatus": kind.removeprefix("TEXT_")}
        assert AWS.parse(request(envelope(said, TOPIC))) == [Receipt("m1", status, kind, error, seen)]


CONFIRM = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=23f"


def asked(address: str = CONFIRM) -> dict[str, str]:
    """SNS's question, https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html."""
    return envelope(
        "You have chosen", TOPIC, Type="SubscriptionConfirmation", Token="23f", SubscribeURL=address
    )


def opened(monkeypatch: pytest.MonkeyPatch, *answers: int | Exception) -> list[str]:
    """SNS answers so; the addresses that it is asked for."""
    left, found = list(answers), []

    def answer(given: httpx.Request) -> httpx.Response:
        found.append(str(given.url))
        status = left.pop(0)
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status, text="<ConfirmSubscriptionResponse/>")

    monkeypatch.setattr(sns, "_http", httpx.Client(transport=httpx.MockTransport(answer)))
    return found


def test_a_question_for_confirmation_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(monkeypatch, 200, 500, 429, httpx.ConnectError("no"), 403)
    said = asked()
    trust()
    AWS.verify(request(said), {"topic_arn": TOPIC}, NOW)
    assert AWS.confirm(request(said))
    for _ in range(3):
        with pytest.raises(CannotVerify, match="could not be confirmed"):
            AWS.confirm(request(said))
    with pytest.raises(Unparsable, match="HTTP 403"):
        AWS.confirm(request(said))
    assert found == [CONFIRM] * 5
    assert not AWS.confirm(request({**said, "Type": "UnsubscribeConfirmation"}))
    assert not AWS.confirm(request(envelope({}, TOPIC)))


@pytest.mark.parametrize(
    "address",
    [
        "https://sns.us-east-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://evil.example/?https://sns.us-east-1.amazonaws.com/?Action",
        "https://sns.us-east-1.amazonaws.com@evil.example/?a",
        "https://sns.us-east-1.amazonaws.com/x?a",
        "",
    ],
)
def test_only_an_address_of_sns_is_opened(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    found = opened(monkeypatch)
    with pytest.raises(Unparsable, match="not one of SNS"):
        AWS.confirm(request(asked(address)))
    assert found == []


async def test_a_webhook_confirms_once_verified_and_sns_comes_again_where_it_could_not(
    site: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    trust()
    found = opened(monkeypatch, 503, 200, 403)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    question = envelope(
        "?", TOPIC, Type="SubscriptionConfirmation", Token="t", SubscribeURL=CONFIRM, Timestamp=now
    )

    async def post(said: dict[str, str]) -> int:
        given = request(said)
        return (await site.post(account.webhook_url, content=given.body, headers=given.headers)).status_code

    assert await post({**question, "SubscribeURL": f"{CONFIRM}&x=1"}) == 403
    assert found == []
    assert [await post(question), await post(question)] == [503, 200]
    assert sql("SELECT count(*) FROM inbox_quarantined") == [(0,)]
    assert await post(question) == 200
    (kept,) = unprocessed_requests(sql)
    assert "did not accept" in kept.detail


def test_what_is_said_about_the_subscription_needs_no_action() -> None:
    said = envelope({}, TOPIC, Type="SubscriptionConfirmation", Token="t", SubscribeURL=CONFIRM)
    trust()
    assert AWS.parse(request({**said, "Type": "UnsubscribeConfirmation"})) == []
    with pytest.raises(BadSignature):  # the address to open is signed too
        AWS.verify(request({**said, "SubscribeURL": "https://evil.example/"}), {"topic_arn": TOPIC}, NOW)


def test_raw_delivery_is_not_signed_and_so_refused() -> None:
    raw = Request("POST", URL, {}, b'{"originationNumber":"+1","inboundMessageId":"1"}')
    with pytest.raises(BadSignature, match="no signature"):
        AWS.verify(raw, {"topic_arn": TOPIC}, NOW)


# The API

LOGIN = {"topic_arn": TOPIC, "region": "us-east-1", "access_key_id": "AKIA1", "secret_access_key": "s"}
API = "POST https://sms-voice.us-east-1.amazonaws.com/"


def test_calls_are_signed_as_botocore_signs() -> None:
    now = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    host, content = "sms-voice.us-east-1.amazonaws.com", b'{"PhoneNumberId":"phone-1"}'
    ours = api.signed_headers(
        host, "PinpointSMSVoiceV2.ReleasePhoneNumber", content, "us-east-1", ("AKIA1", "s"), now
    )
    theirs = AWSRequest("POST", f"https://{host}/", data=content)
    theirs.headers["Content-Type"] = ours["content-type"]
    theirs.headers["Host"], theirs.headers["X-Amz-Target"] = host, ours["x-amz-target"]
    theirs.context["timestamp"] = ours["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIA1", "s"), "sms-voice", "us-east-1")
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    to_sign = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert ours["authorization"].endswith("Signature=" + signer.signature(to_sign, theirs))


def checked(operation: str, answer: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """The answer, if botocore's model of the operation agrees with it and with what we sent."""
    client = boto3.client(
        "pinpoint-sms-voice-v2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stub = Stubber(client)
    stub.add_response(operation, answer, sent)
    with stub:
        getattr(client, operation)(**sent)
    stub.assert_no_pending_responses()
    return answer


NUMBER: dict[str, Any] = {
    "PhoneNumberArn": "arn:x",
    "PhoneNumberId": "phone-1",
    "PhoneNumber": "+12065550152",
    "Status": "ACTIVE",
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS"],
    "NumberType": "LONG_CODE",
    "MonthlyLeasingPrice": "1.00",
    "TwoWayEnabled": True,
    "TwoWayChannelArn": TOPIC,
    "SelfManagedOptOutsEnabled": False,
    "OptOutListName": "Default",
    "DeletionProtectionEnabled": False,
}


def test_numbers_are_listed_by_tokens_with_their_topic() -> None:
    other = {**NUMBER, "PhoneNumberId": "phone-2", "PhoneNumber": "+12065550153", "TwoWayEnabled": False}
    said = talk(LOGIN, (API, {"PhoneNumbers": [NUMBER], "NextToken": "t2"}), (API, {"PhoneNumbers": [other]}))
    assert said.api("aws").owned() == [
        Owned("phone-1", "+12065550152", None, Decimal("1.00")),  # ours: nothing to mend
        Owned("phone-2", "+12065550153", "", Decimal("1.00")),
    ]
    assert said.sent(1) == {"MaxResults": 100, "NextToken": "t2"}
    assert said.header("x-amz-target") == "PinpointSMSVoiceV2.DescribePhoneNumbers"
    checked("describe_phone_numbers", {"PhoneNumbers": [{**NUMBER, "CreatedTimestamp": 1}]}, said.sent(1))
    answers: list[Answer] = [{}, 500, httpx.ReadTimeout]
    for broken in answers:
        with pytest.raises(CallFailed) as caught:
            talk(LOGIN, (API, broken)).api("aws").owned()
        assert not isinstance(caught.value, Uncertain), "a list changes nothing"


def test_a_number_is_pointed_at_the_topic_and_released_once() -> None:
    said = talk(LOGIN, (API, {}), (API, {}))
    said.api("aws").configure("phone-1", URL)
    wanted = {"PhoneNumberId": "phone-1", "TwoWayEnabled": True, "TwoWayChannelArn": TOPIC}
    assert said.sent(0) == wanted
    checked("update_phone_number", {}, wanted)
    said.api("aws").release("phone-1")
    assert said.sent(1) == {"PhoneNumberId": "phone-1"}
    checked("release_phone_number", {}, said.sent(1))
    gone = refused(400, {"__type": "com.amazonaws.x#ResourceNotFoundException", "Message": "gone"})
    talk(LOGIN, (API, gone)).api("aws").release("phone-1")
    with pytest.raises(Uncertain):
        talk(LOGIN, (API, 500)).api("aws").release("phone-1")


ARN = "arn:aws:sms-voice:us-east-1:123456789012:phone-number"
SELLS = {
    **LOGIN,
    "offer": ["US local TEN_DLC 1.00 registration-1", "US local LONG_CODE 2.5", "GB mobile LONG_CODE 1.25"],
}
REQUESTED = {
    "PhoneNumberArn": "arn:p1",
    "PhoneNumberId": "phone-1",
    "PhoneNumber": "+12065550152",
    "Status": "PENDING",
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS"],
    "NumberType": "TEN_DLC",
    "MonthlyLeasingPrice": "1.10",
}
SMS = frozenset({"sms"})


def test_offers_are_what_the_operator_lists_and_blind() -> None:
    said = talk(SELLS)
    assert said.api("aws").search(NumberQuery("US")) == [Offer("", "US", Kind.LOCAL, SMS, Decimal("1.00"))]
    assert said.api("aws").search(NumberQuery("GB", Kind.MOBILE))[0].monthly_cost == Decimal("1.25")
    for query in (NumberQuery("GB"), NumberQuery("FR", Kind.MOBILE)):
        assert said.api("aws").search(query) == []
    assert talk(LOGIN).api("aws").search(NumberQuery("US")) == []
    with pytest.raises(Unsupported, match="particular"):
        said.api("aws").search(NumberQuery("US", contains="555"))


@pytest.mark.parametrize(
    "line",
    [
        " ",
        "US",
        "US local TEN_DLC",
        "us local TEN_DLC 1",
        "US land TEN_DLC 1",
        "US local FREE 1",
        "US local TEN_DLC one",
        "US local TEN_DLC -1",
        "US local TEN_DLC 1 registration more",
    ],
)
def test_a_price_list_that_cannot_be_read_is_the_accounts_to_mend(line: str) -> None:
    with pytest.raises(Rejected, match="form") as caught:
        talk({**LOGIN, "offer": [SELLS["offer"][0], line]}).api("aws").search(NumberQuery("US"))
    assert caught.value.fault == "account"


def test_a_request_carries_our_key_as_token_and_tag_and_is_an_order() -> None:
    (offer,) = talk(SELLS).api("aws").search(NumberQuery("US", capabilities=frozenset({"sms", "voice"})))
    said = talk(SELLS, (API, REQUESTED))
    assert said.api("aws").buy(offer, URL, "k1") == Ordered("phone-1")
    assert said.header("x-amz-target") == "PinpointSMSVoiceV2.RequestPhoneNumber"
    wanted = {
        "IsoCountryCode": "US",
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS", "VOICE"],
        "NumberType": "TEN_DLC",
        "RegistrationId": "registration-1",
        "Tags": [{"Key": "tempsms-purchase", "Value": "k1"}],
        "ClientToken": "k1",
    }
    assert said.sent() == wanted
    checked("request_phone_number", REQUESTED, wanted)
    answers: list[Answer] = [500, {}, httpx.ReadTimeout]
    for broken in answers:
        with pytest.raises(Uncertain):
            talk(SELLS, (API, broken)).api("aws").buy(offer, URL, "k1")
    unsent: list[tuple[Offer, str]] = [(offer, ""), (replace(offer, country="FR"), "k1")]
    for other, key in unsent:  # no way to find it again, no price
        with pytest.raises(Rejected, match="does not list"):
            talk(SELLS).api("aws").buy(other, URL, key)
    with pytest.raises(Unsupported, match="particular"):
        talk(SELLS).api("aws").buy(replace(offer, e164="+12065550152"), URL, "k1")


def listing(**changes: Any) -> dict[str, Any]:
    """The answer of DescribePhoneNumbers with one number."""
    answer = {"PhoneNumbers": [{**NUMBER, "PhoneNumberArn": "arn:p1", "CreatedTimestamp": 1, **changes}]}
    return checked("describe_phone_numbers", answer, {"PhoneNumberIds": ["phone-1"]})


def test_an_order_is_over_once_its_number_is_active_and_pointed_at_the_topic() -> None:
    for status in ("PENDING", "ASSOCIATING"):
        assert talk(SELLS, (API, listing(Status=status))).api("aws").order("phone-1") == Ordered("phone-1")
    elsewhere = listing(TwoWayEnabled=False, MonthlyLeasingPrice="1.10")
    said = talk(SELLS, (API, elsewhere), (API, {}))
    ours = Owned("phone-1", "+12065550152", None, Decimal("1.10"))
    assert said.api("aws").order("phone-1") == ours
    assert said.sent(0) == {"PhoneNumberIds": ["phone-1"]}
    assert said.sent(1)["TwoWayChannelArn"] == TOPIC
    assert talk(SELLS, (API, listing())).api("aws").order("phone-1").ref == "phone-1"
    no = refused(400, {"__type": "x#ValidationException", "message": "the topic's policy"})
    owned = talk(SELLS, (API, elsewhere), (API, no)).api("aws").order("phone-1")
    assert owned == replace(ours, webhook_url="")  # ours all the same, and shown as drift
    for unclear in (500, refused(400, {"__type": "x#ThrottlingException", "message": "slow"})):
        with pytest.raises(CallFailed) as caught:  # asked again
            talk(SELLS, (API, elsewhere), (API, unclear)).api("aws").order("phone-1")
        assert not isinstance(caught.value, Rejected)
    with pytest.raises(Rejected, match="deleted"):
        talk(SELLS, (API, listing(Status="DELETED"))).api("aws").order("phone-1")
    gone = refused(400, {"__type": "x#ResourceNotFoundException", "message": "not there yet"})
    with pytest.raises(CallFailed) as caught:
        talk(SELLS, (API, gone)).api("aws").order("phone-1")
    assert not isinstance(caught.value, Rejected), "it may not be told of yet: the order stands"


def test_a_purchase_is_found_by_its_tag_whatever_state_it_is_in() -> None:
    old, new, dead = (
        {**NUMBER, "PhoneNumberId": f"phone-{n}", "PhoneNumberArn": f"{ARN}/phone-{n}", "CreatedTimestamp": n}
        for n in (1, 2, 3)
    )
    dead["Status"], new["Status"], new["PhoneNumber"] = "DELETED", "PENDING", ""
    tagged = {"Tags": [{"Key": "owner", "Value": "k1"}, {"Key": "tempsms-purchase", "Value": "k1"}]}
    listed = {"PhoneNumbers": [old, new, dead]}
    said = talk(SELLS, (API, listed), (API, tagged))
    assert said.api("aws").find("k1") == Ordered("phone-2")
    assert said.sent() == {"ResourceArn": f"{ARN}/phone-2"}
    checked("list_tags_for_resource", tagged, said.sent())
    gone = refused(400, {"__type": "x#ResourceNotFoundException", "message": "gone"})
    assert talk(SELLS, (API, listed), (API, gone), (API, {"Tags": []})).api("aws").find("k1") is None
    assert talk(SELLS, (API, listed)).api("aws").owned() == [
        Owned("phone-1", "+12065550152", None, Decimal("1.00"))
    ]
    forbidden = refused(400, {"__type": "AccessDeniedException", "message": "no tags for you"})
    unclear: list[Answer] = [500, forbidden]
    for answer in unclear:  # not to be taken for "not bought"
        with pytest.raises(CallFailed) as caught:
            talk(SELLS, (API, listed), (API, answer)).api("aws").find("k1")
        assert not isinstance(caught.value, Rejected | Uncertain)


def test_a_message_is_sent_through_the_configuration_set() -> None:
    said = talk({**LOGIN, "configuration_set": "cs1"}, (API, {"MessageId": "m1"}))
    assert said.api("aws").send(Outgoing("+12065550152", "+14255550182", "Hi")) == Sent("m1")
    wanted = {
        "DestinationPhoneNumber": "+14255550182",
        "OriginationIdentity": "+12065550152",
        "MessageBody": "Hi",
        "ConfigurationSetName": "cs1",
    }
    assert said.sent() == wanted
    checked("send_text_message", {"MessageId": "m1"}, wanted)
    with pytest.raises(Uncertain):
        talk(LOGIN, (API, {})).api("aws").send(Outgoing("1", "2", "x"))
    with pytest.raises(Unsupported, match="files"):
        talk(LOGIN).api("aws").send(Outgoing("1", "2", "x", ("https://a/1",)))


@pytest.mark.parametrize(
    ("answer", "kind", "fault"),
    [
        (refused(400, {"__type": "x#ValidationException", "message": "no"}), Rejected, "carrier"),
        (refused(400, {"__type": "AccessDeniedException", "Message": "no"}), Rejected, "account"),
        (refused(400, {"__type": "x#ThrottlingException", "message": "slow"}), CallFailed, "us"),
    ],
)
def test_refusals_say_whose_fault_they_are(answer: Answer, kind: type[CallFailed], fault: str) -> None:
    with pytest.raises(kind) as caught:
        talk(LOGIN, (API, answer)).api("aws").send(Outgoing("1", "2", "x"))
    assert (type(caught.value), caught.value.fault) == (kind, fault)


@pytest.mark.parametrize("region", ["", "us-east-1.evil.example/", "US", "us-east-1\n"])
def test_a_region_that_is_no_name_is_never_called(region: str) -> None:
    with pytest.raises(Rejected):
        talk({**LOGIN, "region": region}).api("aws").owned()
