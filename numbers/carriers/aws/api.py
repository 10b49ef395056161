"""Calls to AWS End User Messaging SMS v2: awsJson 1.0, service `sms-voice`, signed by SigV4.

https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. SigV4 is written here for
this one form of request; botocore, its reference in the tests, is three times as large as everything else we install.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from numbers.carriers.aws import offers
from numbers.carriers.aws.webhooks import Aws
from numbers.carriers.contract import secret_values
from numbers.carriers.errors import CallFailed, Fault, Rejected, Uncertain, Unsupported, unanswered
from numbers.carriers.leasing import NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import amounts, http, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_SERVICE = "sms-voice"
_TARGET = "PinpointSMSVoiceV2"
_GONE = "ResourceNotFoundException"
_DELETED = "DELETED"
_ACCOUNT_ERRORS = {"AccessDeniedException", "ServiceQuotaExceededException", "UnrecognizedClientException"}
_TAG = "tempsms-purchase"
_CAPABILITIES = {"sms", "mms", "voice"}


class AwsApi(JsonApi):
    """One region of one account."""

    carrier = Aws
    title = "AWS"
    blind = True

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """What the operator lists, blind: whether AWS has such a number shows when it is asked for one."""
        if wanted.contains or wanted.capabilities - _CAPABILITIES:
            raise Unsupported("aws", "searching for particular numbers")
        listed = offers.cheapest(self.secrets, wanted.country, wanted.kind)
        return [Offer("", wanted.country, wanted.kind, wanted.capabilities, listed.price)] if listed else []

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Ordered:
        """Request one. A copy of the request is the same one by its token, while AWS remembers that."""
        if not offer.blind:
            raise Unsupported("aws", "buying a particular number")
        listed = offers.cheapest(self.secrets, offer.country, offer.kind)
        if listed is None or not key:
            raise Rejected("the account's setting offer does not list such a number", fault="account")
        body: dict[str, Any] = {
            "IsoCountryCode": listed.country,
            "MessageType": "TRANSACTIONAL",
            "NumberCapabilities": sorted(name.upper() for name in offer.capabilities),
            "NumberType": listed.type,
            "Tags": [{"Key": _TAG, "Value": key}],
            # AWS does not document how long a token is remembered; the tag stays, so `find` goes by the tag
            "ClientToken": key,
        }
        body |= {"RegistrationId": listed.registration} if listed.registration else {}
        ref = payloads.text(self._call_operation("RequestPhoneNumber", body), "PhoneNumberId")
        if not ref:
            raise Uncertain("AWS's answer to the purchase does not name the number")
        return Ordered(ref)

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of an ordered number: ours once it is active and, if AWS allows, pointed at the topic."""
        try:
            answer = self._call_operation("DescribePhoneNumbers", {"PhoneNumberIds": [ref]}, reads=True)
        except Rejected as error:  # a refused query does not mean that the order failed
            raise unanswered(error) from None
        item = next(iter(self.items(answer, "PhoneNumbers")), {})
        if item.get("Status") == _DELETED:
            raise Rejected("AWS has deleted the number")
        if item.get("Status") != "ACTIVE":
            return Ordered(ref)
        owned = self._make_owned(item)
        if owned.webhook_url is None:
            return owned
        try:
            self._point_at_topic(ref)
        except Rejected:  # the number is ours anyway; the audit shows the drift
            return owned
        return replace(owned, webhook_url=None)

    def find(self, key: str) -> Ordered | None:
        """The number that was requested under a key, the newest looked at first."""
        # The API finds no number by its tag, so each number's tags are asked for, the newest number's first
        listed = [item for item in self._list_items() if item.get("Status") != _DELETED]
        for item in sorted(listed, key=_read_creation_time, reverse=True):
            arn = {"ResourceArn": self.needed(item, "PhoneNumberArn")}
            try:
                tags = self._call_operation("ListTagsForResource", arn, reads=True).get("Tags")
            except Rejected as error:
                # Released between the list and the question about
                # its tags: it cannot be the one that is looked for
                if error.code != _GONE:
                    raise unanswered(error) from None
                continue
            if {"Key": _TAG, "Value": key} in payloads.objects(tags):
                return Ordered(self.needed(item, "PhoneNumberId"))
        return None

    def configure(self, ref: str, webhook_url: str) -> None:
        """Send its messages to the topic, which is subscribed to by the webhook."""
        self._point_at_topic(ref)

    def _point_at_topic(self, ref: str) -> None:
        body = {"PhoneNumberId": ref, "TwoWayEnabled": True, "TwoWayChannelArn": self.setting("topic_arn")}
        self._call_operation("UpdatePhoneNumber", body)

    def release(self, ref: str) -> None:
        """Give it back; what is gone is released."""
        try:
            self._call_operation("ReleasePhoneNumber", {"PhoneNumberId": ref})
        except Rejected as error:
            if error.code != _GONE:
                raise

    def owned(self) -> list[Owned]:
        """All numbers or an error, but for ones that are not chosen yet, or gone; prices are in USD."""
        # A number that is not chosen yet has no E.164; it is followed as an order
        listed = (item for item in self._list_items() if item.get("Status") != _DELETED)
        return [
            self._make_owned(item)
            for item in listed
            if item.get("PhoneNumber") or item.get("Status") == "ACTIVE"
        ]

    def _make_owned(self, item: Mapping[str, Any]) -> Owned:
        price = amounts.money(item.get("MonthlyLeasingPrice")) or Decimal(0)
        topic: str | None = payloads.text(item, "TwoWayChannelArn") if item.get("TwoWayEnabled") else ""
        if topic in secret_values(self.secrets, "topic_arn"):
            topic = None  # ours: that it posts to us, the topic alone knows
        return Owned(self.needed(item, "PhoneNumberId"), self.needed(item, "PhoneNumber"), topic, price)

    def _list_items(self) -> Iterator[dict[str, Any]]:
        def fetch(cursor: str) -> tuple[list[dict[str, Any]], object]:
            begin = {"NextToken": cursor} if cursor else {}
            page = self._call_operation("DescribePhoneNumbers", {"MaxResults": 100, **begin}, reads=True)
            return self.items(page, "PhoneNumbers"), page.get("NextToken")

        return paging.follow("AWS's list of numbers", fetch)

    def log_in(self) -> None:
        """Ask for a number."""
        self._call_operation("DescribePhoneNumbers", {"MaxResults": 1}, reads=True)

    def send(self, message: Outgoing) -> Sent:
        """Send a message; events of the configuration set report its delivery."""
        self.check_textual(message)
        body = {
            "DestinationPhoneNumber": message.recipient,
            "OriginationIdentity": message.sender,
            "MessageBody": message.body,
        }
        sets = secret_values(self.secrets, "configuration_set")
        body |= {"ConfigurationSetName": sets[0]} if sets else {}
        return Sent(self.message_ref(self._call_operation("SendTextMessage", body), "MessageId"))

    def _call_operation(
        self, operation: str, body: Mapping[str, Any], *, reads: bool = False
    ) -> dict[str, Any]:
        """One operation. Everything is a POST here, so one that only reads says so."""
        region = self.setting("region")
        # The region becomes part of a host name that our signed request goes to
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region):
            raise Rejected("the region must be a name such as us-east-1", fault="account")
        host, content = f"{_SERVICE}.{region}.amazonaws.com", json.dumps(body).encode()
        keys = self.setting("access_key_id"), self.setting("secret_access_key")
        headers = signed_headers(host, f"{_TARGET}.{operation}", content, region, keys, datetime.now(UTC))
        try:
            response = http.call(self.http, "POST", f"https://{host}/", headers=headers, raw=content)
        # A read whose answer was lost has changed nothing and may be repeated, although it is a POST
        except Uncertain as error:
            if reads:
                raise CallFailed(str(error), code=error.code, retry=True, fault=error.fault) from error
            raise
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            answer = None
        if response.is_client_error:
            raise _make_refusal(response.status_code, answer if isinstance(answer, dict) else {})
        if not isinstance(answer, dict):
            raise http.open_end("GET" if reads else "POST", "AWS's answer is not a JSON object")
        return answer


def _read_creation_time(item: Mapping[str, Any]) -> float:
    at = item.get("CreatedTimestamp")
    return float(at) if isinstance(at, int | float) else 0.0


def _make_refusal(status: int, answer: Mapping[str, Any]) -> CallFailed:
    # awsJson 1.0 may write the type with its namespace: com.amazonaws...#ThrottlingException
    code = payloads.text(answer, "__type").rpartition("#")[2]
    text = (payloads.text(answer, "message", "Message") or f"HTTP {status}")[:300]
    if code == "ThrottlingException":
        return CallFailed(f"AWS: {text}", code=code, retry=True, fault="us")
    fault: Fault = "account" if code in _ACCOUNT_ERRORS or status in (401, 403) else "carrier"
    return Rejected(f"AWS: {text}" + (f" ({code})" if code else ""), code=code, fault=fault)


def signed_headers(
    host: str, target: str, content: bytes, region: str, keys: tuple[str, str], now: datetime
) -> dict[str, str]:
    """Headers of a POST to `/` with SigV4's Authorization."""
    at = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": host,
        "x-amz-date": at,
        "x-amz-target": target,
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(content).hexdigest()}"
    scope = f"{at[:8]}/{region}/{_SERVICE}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys[1]}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = (
        f"AWS4-HMAC-SHA256 Credential={keys[0]}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return {**headers, "authorization": credential}
