"""Calls to AWS End User Messaging SMS v2: awsJson 1.0, service `sms-voice`, signed by SigV4.

https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. SigV4 is written here for
this one form of request; botocore, its reference in the tests, is three times as large as everything else we install.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from numbers.carriers import calls, reading
from numbers.carriers.base import Outgoing, Owned, Sent, secret_values
from numbers.carriers.errors import CallFailed, Fault, Rejected, Uncertain, Unsupported
from numbers.carriers.json_api import JsonApi

_SERVICE = "sms-voice"
_TARGET = "PinpointSMSVoiceV2"
_GONE = "ResourceNotFoundException"
_ACCOUNT_ERRORS = {"AccessDeniedException", "ServiceQuotaExceededException", "UnrecognizedClientException"}
_PAGES = 1000


class AwsApi(JsonApi):
    """One region of one account."""

    title = "AWS"

    def configure(self, ref: str) -> None:
        """Two-way messages to the topic."""
        body = {"PhoneNumberId": ref, "TwoWayEnabled": True, "TwoWayChannelArn": self.setting("topic_arn")}
        self._do("UpdatePhoneNumber", body)

    def release(self, ref: str) -> None:
        """Give it back; what is gone is released."""
        try:
            self._do("ReleasePhoneNumber", {"PhoneNumberId": ref})
        except Rejected as error:
            if error.code != _GONE:
                raise

    def owned(self) -> list[Owned]:
        """All numbers or an error; prices are in USD."""
        found: list[Owned] = []
        cursor: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self._do("DescribePhoneNumbers", {"MaxResults": 100, **cursor}, reads=True)
            for item in self.items(page, "PhoneNumbers"):
                price = reading.money(item.get("MonthlyLeasingPrice")) or Decimal(0)
                topic: str | None = (
                    reading.text(item, "TwoWayChannelArn") if item.get("TwoWayEnabled") else ""
                )
                if topic in secret_values(self.access.secrets, "topic_arn"):
                    topic = None  # ours: that it posts to us, the topic alone knows
                ref, e164 = self.needed(item, "PhoneNumberId"), self.needed(item, "PhoneNumber")
                found.append(Owned(ref, e164, topic, price))
            following = page.get("NextToken")
            if not following:
                return found
            if not isinstance(following, str) or following == cursor.get("NextToken"):
                break
            cursor = {"NextToken": following}
        raise CallFailed("AWS's list of numbers has no end")

    def send(self, message: Outgoing) -> Sent:
        """Send it; events of the configuration set tell of its fate."""
        if message.media:
            raise Unsupported("aws", "sending of files")
        body = {
            "DestinationPhoneNumber": message.recipient,
            "OriginationIdentity": message.sender,
            "MessageBody": message.body,
        }
        sets = secret_values(self.access.secrets, "configuration_set")
        body |= {"ConfigurationSetName": sets[0]} if sets else {}
        ref = reading.text(self._do("SendTextMessage", body), "MessageId")
        if not ref:
            raise Uncertain("AWS's answer does not name the message")
        return Sent(ref)

    def _do(self, operation: str, body: Mapping[str, Any], *, reads: bool = False) -> dict[str, Any]:
        """One operation. Everything is a POST here, so one that only reads says so."""
        region = self.setting("region")
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region):
            raise Rejected("region is a name such as us-east-1", fault="account")
        host, content = f"{_SERVICE}.{region}.amazonaws.com", json.dumps(body).encode()
        keys = self.setting("access_key_id"), self.setting("secret_access_key")
        headers = signed_headers(host, f"{_TARGET}.{operation}", content, region, keys, datetime.now(UTC))
        try:
            response = calls.call(self.access, "POST", f"https://{host}/", headers=headers, content=content)
        except Uncertain as error:
            if reads:
                raise CallFailed(str(error), code=error.code, retry=True, fault=error.fault) from error
            raise
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            answer = None
        if response.is_client_error:
            raise _refusal(response.status_code, answer if isinstance(answer, dict) else {})
        if not isinstance(answer, dict):
            raise calls.open_end("GET" if reads else "POST", "AWS's answer is no JSON object")
        return answer


def _refusal(status: int, answer: Mapping[str, Any]) -> CallFailed:
    code = reading.text(answer, "__type").rpartition("#")[2]
    text = (reading.text(answer, "message", "Message") or f"HTTP {status}")[:300]
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
