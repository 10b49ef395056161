"""AWS: what SNS signed is verified, read and its subscription confirmed, and nothing else.

https://docs.aws.amazon.com/sns/latest/dg
"""

import json
from datetime import UTC, datetime

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CannotVerify, Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.toolkit import sns
from numbers.models import Account
from tempsms import ROOT
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.aws import REF, TOPIC, envelope, request, trust
from tests.conftest import Sql
from tests.factories import make_account
from tests.unprocessed_requests import unprocessed_requests

AWS = carriers.get("aws")
VECTORS = json.loads((ROOT / "tests/carriers/vectors/aws.json").read_text())


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
