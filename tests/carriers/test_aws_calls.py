"""AWS: calls are signed as botocore signs them, and numbers and messages follow its API's published shapes.

https://docs.aws.amazon.com/sms-voice/latest/userguide; botocore's model pinpoint-sms-voice-v2
"""

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

from numbers.carriers.aws import api
from numbers.carriers.errors import (
    CallFailed,
    Rejected,
    Uncertain,
    Unsupported,
)
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Outgoing, Sent
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import URL
from tests.carriers.samples.aws import TOPIC

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
