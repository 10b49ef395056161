"""Infobip: SMS and Numbers APIs.

Facts are from Infobip's OpenAPI exports 3.210 (https://www.infobip.com/docs/api): MO_JSON_2 messages, delivery reports
v3, numbers and their HTTP_FORWARD actions. Its HMAC profiles name no header in any source that could be read, so what
is checked is HTTP Basic, which subscription profiles send. From memory: that a login inside an address that a number
forwards to is sent as well; if it is not, use a subscription alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from numbers.carriers.contract import Carrier, Feature, Request, Secrets
from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, anything, optional, written
from numbers.carriers.toolkit import authentication, payloads

# Groups of statuses; ids 1 and 3 are from published examples
_GROUPS = {
    "ACCEPTED": Status.QUEUED,
    "PENDING": Status.SENT,
    "UNDELIVERABLE": Status.UNDELIVERED,
    "DELIVERED": Status.DELIVERED,
    "EXPIRED": Status.UNDELIVERED,
    "REJECTED": Status.FAILED,
}


class Infobip(Carrier):
    """Set-up of an Infobip account

    1. In the portal's home, copy the base URL's first part (xxxxx of xxxxx.api.infobip.com) into `base` and an API key
       into `api_key`.
    2. Choose a `username` and a `password` (two while you change it), and create a subscription of the SMS channel
       with a BASIC security profile that has them and with the account's webhook address: Subscriptions Management >
       "SMS inbound" and "SMS delivery". Requests without this login are refused.
    3. A number's own forwarding overrides the subscription. Numbers that are bought or repointed here get one: the
       webhook address including the login.
    4. Adopt numbers that you already own with `manage.py number adopt --account ID +447700900123`.

    Requests are not signed: anyone with the login can send any message, so use https only.
    """

    name = "infobip"
    title = "Infobip"
    media = True
    lacks = {Feature.ORDERS: "purchases are complete at once"}
    settings = (
        Setting("username", "user name for HTTP Basic, chosen by you", anything),
        Setting("password", "password for HTTP Basic, chosen by you; two while you change it", anything),
        optional(
            "base",
            "first part of the base URL: xxxxx of xxxxx.api.infobip.com",
            written("[a-zA-Z0-9]{1,32}", "xxxxx, of xxxxx.api.infobip.com"),
        ),
        optional("api_key", "API key, for searching, buying, releasing and sending"),
    )
    body_limit = 2 * 1024 * 1024  # up to 2,000 messages at once

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the login."""
        authentication.check_login(request, secrets)

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The subscription's login."""
        return authentication.write_login(secrets)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A batch of messages, or of receipts."""
        payload = payloads.json_object(request.body)
        if not isinstance(payload.get("results"), list):
            raise Unparsable("no results")
        return payloads.each(payload["results"], _parse_event)


def _parse_event(item: Any) -> Inbound | Receipt:
    if not isinstance(item, dict):
        raise Unparsable("a result is not a JSON object")
    ref = payloads.needed(item, "messageId", longest=payloads.LONGEST_REF)
    if "status" in item:
        status, error = payloads.nested(item, "status"), payloads.nested(item, "error")
        word = payloads.text(status, "groupName", longest=payloads.LONGEST_NAME)
        code = payloads.word(error.get("id"))
        at = payloads.time(item.get("doneAt"))
        return Receipt(ref, _GROUPS.get(word, Status.UNKNOWN), word, "" if code == "0" else code, at)
    return _parse_inbound(ref, item)


def _parse_inbound(ref: str, item: dict[str, Any]) -> Inbound:
    """An SMS with its `text`, or an MMS whose `message` lists texts and files (MO_MMS_2)."""
    listed = payloads.objects(item.get("message"))
    texts = [part["value"] for part in listed if isinstance(part.get("value"), str) and "url" not in part]
    message = Inbound(
        ref,
        payloads.phone(payloads.needed(item, "from", "sender")),
        payloads.phone(payloads.needed(item, "to", "destination")),
        payloads.with_subject(
            payloads.text(item, "subject"),
            payloads.text(item, "text") or "\n".join(texts),  # not cleanText, which lacks the keyword
        ),
        sent_at=payloads.time(item.get("receivedAt")),
        segments=payloads.count(item.get("smsCount")),
        media=tuple(
            Media(part["url"], payloads.text(part, "contentType"))
            for part in listed
            if isinstance(part.get("url"), str)
        ),
    )
    return message if texts else payloads.understood(message, item, "text", "subject")
