"""AWS: an SNS notification signed with a key of ours, whose public half stands where SNS's certificate would."""

import base64
import json
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from numbers.carriers.contract import Request
from numbers.carriers.toolkit import sns
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without

CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-test.pem"
TOPIC = "arn:aws:sns:us-east-1:123456789012:sms"
REF = "cae173d2-66b9-564c-8309-21f858e9fb84"


@cache
def key() -> rsa.RSAPrivateKey:
    """One key for all tests."""
    return rsa.generate_private_key(65537, 2048)


def trust() -> None:
    """Let the adapter find our key at the certificate's address, as if it had been fetched."""
    sns.known_keys[CERTIFICATE] = key().public_key()


def envelope(message: object, topic: str, **changes: str) -> dict[str, str]:
    """A signed notification."""
    said = {
        "Type": "Notification",
        "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe",
        "TopicArn": topic,
        "Message": json.dumps(message),
        "Timestamp": "2026-09-21T14:13:20.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    text = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
    signature = key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {**said, "Signature": base64.b64encode(signature).decode()}


def request(said: dict[str, str], url: str = URL) -> Request:
    """As SNS posts it: JSON that is called text."""
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": said["Type"]}
    return Request("POST", url, headers, json.dumps(said).encode())


def sample(topic: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message; what the account must hold is the topic."""
    trust()
    told = {"originationNumber": SENDER, "destinationNumber": RECIPIENT, "messageKeyword": "KEYWORD_1"}
    told |= {"messageBody": TEXT, "inboundMessageId": REF, "previousPublishedMessageId": ""}
    at = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    said, textless = (
        envelope(message, topic, Timestamp=at) for message in (told, without(told, "messageBody"))
    )
    return Sample(
        request(said, url),
        "topic_arn",
        topic,
        "",
        same=same_envelope,
        segments=0,
        unsigned_headers=("x-amz-sns-message-type",),
        login={"region": "us-east-1", "offer": "US local LONG_CODE 1.00"},
        unsigned=request({**said, "Signature": ""}, url),
        textless=request(textless, url),
        login_call="POST sms-voice.us-east-1.amazonaws.com/",
    )


def same_envelope(one: bytes, other: bytes) -> bool:
    """SNS signs fields, not bytes: the rest of the envelope may differ."""
    names = (
        "Type",
        "MessageId",
        "TopicArn",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    )
    try:
        found = [json.loads(body) for body in (one, other)]
    except ValueError:
        return False
    return all(found[0].get(name) == found[1].get(name) for name in names) and not (
        {"Subject", "SigningCertUrl"} & (found[0].keys() | found[1].keys())
    )
