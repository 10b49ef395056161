"""AWS End User Messaging SMS: two-way messages through SNS.

Facts are from https://docs.aws.amazon.com/sms-voice (two-way payloads, event destinations), /sns/latest/dg (HTTP
deliveries, verification of signatures) and botocore's service models. SNS signs a string made of some fields with a key
whose certificate it names; only certificates from SNS's own hosts are fetched. Deliveries are tried for about an hour.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from numbers.carriers.aws import offers
from numbers.carriers.contract import Carrier, Feature, Request, Secrets, secret_values, unix_seconds
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.settings import Setting, optional, written
from numbers.carriers.toolkit import payloads, sns

_WINDOW = 3900  # SNS retries for an hour with the same signed time

# eventType, https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
_STATUSES = {
    "TEXT_QUEUED": Status.QUEUED,
    "TEXT_PENDING": Status.QUEUED,
    "TEXT_SENT": Status.SENT,
    # Which of these two a delivered message has depends on the country
    "TEXT_SUCCESSFUL": Status.DELIVERED,
    "TEXT_DELIVERED": Status.DELIVERED,
    "TEXT_UNREACHABLE": Status.UNDELIVERED,
    "TEXT_CARRIER_UNREACHABLE": Status.UNDELIVERED,
    "TEXT_TTL_EXPIRED": Status.UNDELIVERED,
    "TEXT_CARRIER_BLOCKED": Status.UNDELIVERED,
    "TEXT_BLOCKED": Status.FAILED,
    "TEXT_SPAM": Status.FAILED,
    "TEXT_INVALID": Status.FAILED,
    "TEXT_INVALID_MESSAGE": Status.FAILED,
    "TEXT_UNKNOWN": Status.UNKNOWN,
}


class Aws(Carrier):
    """Set-up of AWS End User Messaging SMS

    1. Create an SNS topic and set its ARN as `topic_arn`; messages from other topics are refused.
    2. Subscribe the account's webhook address to the topic: protocol HTTPS, raw message delivery off (raw messages
       are not signed). The confirmation that SNS requests is sent automatically.
    3. For API calls, set `region`, and `access_key_id` and `secret_access_key` of a user that may use sms-voice. For
       receipts, send the events of a configuration set to the same topic and set its name as `configuration_set`.
    4. To lease numbers, set what the pool may buy as `offer`, one for each country and type, as in `GB mobile
       LONG_CODE 1.00` or, if AWS requires a registration, `US local TEN_DLC 1.00 registration-a1b2`: country, our
       kind, AWS's type (LONG_CODE, TOLL_FREE, TEN_DLC or SIMULATOR) and its monthly price in USD, since AWS's API
       reports neither offers nor prices. AWS chooses the number; the price that it then reports is the one used.
    5. Adopt numbers that you already own with `manage.py number adopt --account ID +12065550152`, then point them at
       the topic with "Repair the webhook address" under "Differences with carriers".

    A purchase is an order until its number is active. It carries our key as the client token, and also as a permanent
    tag, since AWS does not document how long the token is valid. The user of step 3 must be allowed to read tags.
    """

    name = "aws"
    title = "AWS End User Messaging"
    lacks = {
        Feature.SEARCH: "it lists neither stock nor prices; the account's setting `offer` does",
        Feature.MESSAGES: "it keeps no log of received messages",
    }
    settings = (
        Setting(
            "topic_arn",
            "ARN of the SNS topic that messages come from; two while you change it",
            written(
                "arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+",
                "arn:aws:sns:us-east-1:123456789012:name",
            ),
        ),
        optional(
            "region",
            "region for API calls (example: us-east-1)",
            written("[a-z]{2}(-[a-z]+)+-[0-9]", "us-east-1"),
        ),
        optional(
            "access_key_id",
            "access key (AKIA...) of a user that may use sms-voice",
            written("[A-Z0-9]{16,128}", "AKIA and 16 characters"),
        ),
        optional("secret_access_key", "secret of the access key"),
        optional(
            "offer",
            "what the pool may buy: COUNTRY KIND TYPE PRICE [REGISTRATION]; may be repeated",
            offers.check,
        ),
        optional("configuration_set", "configuration set whose events report deliveries of sent messages"),
    )
    body_limit = 256 * 1024  # SNS sends no more
    verify_blocks = True  # for a certificate
    notices = frozenset({"SubscriptionConfirmation", "UnsubscribeConfirmation"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the topic, the signature with SNS's certificate, and that it is at most an hour old."""
        try:
            fields = payloads.json_object(request.body, strict=True)
        except Unparsable as error:
            raise BadSignature(str(error)) from error
        # With raw message delivery SNS posts the inner JSON alone, and signs nothing
        if not payloads.text(fields, "Signature"):
            raise BadSignature("no signature")
        topics = secret_values(secrets, "topic_arn")
        if not topics:
            raise BadSignature("no secret set")
        if payloads.text(fields, "TopicArn") not in topics:
            raise BadSignature("another topic")
        # The topic first: the certificate is fetched only for topics of ours
        sns.check(fields)
        at = payloads.time(fields.get("Timestamp"))
        if at is None or abs(at.timestamp() - unix_seconds(now)) > _WINDOW:
            raise BadSignature("clock")

    def confirm(self, request: Request) -> bool:
        """Confirm the subscription that SNS asks about."""
        fields = payloads.json_object(request.body, strict=True)
        if payloads.text(fields, "Type") != "SubscriptionConfirmation":
            return False
        sns.confirm(payloads.text(fields, "SubscribeURL"))
        return True

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A message or a receipt; what SNS says about the subscription itself needs no action any more."""
        fields = payloads.json_object(request.body)
        kind = payloads.needed(fields, "Type")
        if kind != "Notification":
            if kind not in self.notices:
                payloads.unknown_kind(self.name, kind, fields)
            return []
        try:
            payload = json.loads(payloads.text(fields, "Message"))
        except (ValueError, RecursionError):
            raise Unparsable("Message is not JSON") from None
        if not isinstance(payload, dict):
            raise Unparsable("Message is not a JSON object")
        if "eventType" in payload:
            return [_parse_receipt(payload)]
        # The inner message has no time of its own, so SNS's is taken
        return [_parse_inbound(payload, payloads.time(fields.get("Timestamp")))]


def _parse_inbound(payload: Mapping[str, Any], at: datetime | None) -> Inbound:
    message = Inbound(
        payloads.needed(payload, "inboundMessageId", longest=payloads.LONGEST_REF),
        payloads.address(payloads.needed(payload, "originationNumber")),
        payloads.address(payloads.needed(payload, "destinationNumber")),
        payloads.text(payload, "messageBody"),
        sent_at=at,
    )
    return payloads.understood(message, payload, "messageBody")


def _parse_receipt(payload: Mapping[str, Any]) -> Receipt:
    ref = payloads.needed(payload, "messageId", longest=payloads.LONGEST_REF)
    word = payloads.text(payload, "eventType", longest=payloads.LONGEST_NAME)
    status = _STATUSES.get(word, Status.UNKNOWN)
    # Milliseconds here, ISO 8601 in the envelope
    at = payloads.unix_time(payload.get("eventTimestamp"), per_second=1000)
    failed = status in (Status.FAILED, Status.UNDELIVERED)
    return Receipt(ref, status, word, payloads.text(payload, "messageStatus")[:64] if failed else "", at)
