"""Bandwidth: messaging and numbers in the US and Canada.

Facts are from https://dev.bandwidth.com/docs/messaging/webhooks, /docs/messaging/errors, /docs/numbers and its OpenAPI
document. Bandwidth signs nothing: it logs in with the name and password that the application has. Callbacks come at
least once, in any order, for a day.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from numbers.carriers.contract import Carrier, Request, Secrets, first_secret
from numbers.carriers.errors import Unparsable, Unsupported
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, anything, optional, price, written
from numbers.carriers.toolkit import authentication, media, payloads

_STATUSES = {
    "message-sending": Status.QUEUED,
    "message-sent": Status.SENT,
    "message-delivered": Status.DELIVERED,
    "message-read": Status.DELIVERED,
    "message-failed": Status.UNDELIVERED,
}


class Bandwidth(Carrier):
    """Set-up of a Bandwidth account

    1. Choose a `username` and a `password` (two while you change it) for callbacks.
    2. In the Dashboard, Applications, create a messaging application with the account's webhook address as inbound
       callback URL, its status address as status callback URL, and the login of step 1 under "Specify callback user ID
       and password". Link it to a location (SIP peer) of a sub-account (site). After step 3, `manage.py number point`
       sets both addresses and the login for all numbers of the application, and audits report an application that
       points elsewhere; Bandwidth's list of numbers does not show which numbers are in a location without it.
    3. For API calls, set `account_id`, the application's id as `application_id`, and an API user's `api_username` and
       `api_password`. To lease numbers, set the ids `site_id` and `peer_id` of step 2, an `area_code` for local ones,
       and the monthly cost of a number in USD as `price_month`, since Bandwidth's API does not report prices.
    4. Adopt numbers that you already own with `manage.py number adopt --account ID +12345678902`.

    Purchases are orders that take a moment. Requests are not signed: anyone with the login can send any message, so
    use https only.
    """

    name = "bandwidth"
    title = "Bandwidth"
    media = True
    settings = (
        Setting("username", "user name for callbacks, chosen by you", anything),
        Setting("password", "password for callbacks, chosen by you; two while you change it", anything),
        optional(
            "account_id",
            "account id, for searching, buying, releasing and sending",
            written("[0-9]+", "a number, the account's id"),
        ),
        optional("application_id", "id of the messaging application, for sending"),
        optional("api_username", "user name of an API user", anything),
        optional("api_password", "password of the API user", anything),
        optional("site_id", "id of the sub-account that bought numbers go to", written("[0-9]+", "a number")),
        optional("peer_id", "id of the location that bought numbers go to", written("[0-9]+", "a number")),
        optional(
            "area_code",
            "area code in which local numbers are searched for",
            written("[2-9][0-9]{2}", "three digits such as 919"),
        ),
        optional("price_month", "monthly cost of a number, in USD", price),
    )

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the login."""
        authentication.check_login(request, secrets)

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The application's login."""
        return authentication.write_login(secrets)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A list of events, usually one."""
        payload = payloads.json_value(request.body)
        if not isinstance(payload, list) or not all(isinstance(item, dict) for item in payload):
            raise Unparsable("the body is not a list of events")
        return payloads.each(payload, _parse_event)

    def media_login(self, url: str, secrets: Secrets) -> tuple[str, str] | None:
        """The API user, in the account's own folder: Bandwidth keeps files for 48 hours."""
        account, name, password = (
            first_secret(secrets, setting) for setting in ("account_id", "api_username", "api_password")
        )
        folder = f"/api/v2/users/{account}/media/"
        if not (account and name and media.is_at(url, r"messaging\.bandwidth\.com", folder)):
            raise Unsupported(self.name, "files at such an address")
        return name, password


def _parse_event(event: dict[str, Any]) -> Inbound | Receipt | None:
    """The message or receipt in an event: a group message has one event per number (`to`); our own are ignored."""
    kind, message = payloads.text(event, "type"), payloads.nested(event, "message")
    if kind in _STATUSES:
        ref = payloads.needed(message, "id", longest=payloads.LONGEST_REF)
        code = payloads.word(event.get("errorCode"))
        return Receipt(ref, _STATUSES[kind], kind, code, payloads.time(event.get("time")))
    if kind == "message-received":
        # Bandwidth's guide asks for this check, so that our own messages cannot come back as received ones
        return _parse_inbound(event, message) if message.get("direction", "in") == "in" else None
    payloads.unknown_kind(Bandwidth.name, kind, event)
    return None


def _parse_inbound(event: dict[str, Any], message: dict[str, Any]) -> Inbound:
    files = message.get("media")
    found = Inbound(
        payloads.needed(message, "id", longest=payloads.LONGEST_REF),
        payloads.phone(payloads.needed(message, "from")),
        # The event's `to` is the one number of ours; the message's `to` lists the whole group
        payloads.phone(payloads.needed(event, "to")),
        payloads.with_subject(payloads.text(message, "subject"), payloads.text(message, "text")),
        sent_at=payloads.time(message.get("time")),
        segments=payloads.count(message.get("segmentCount")),
        media=tuple(Media(url) for url in files if isinstance(url, str)) if isinstance(files, list) else (),
    )
    return payloads.understood(found, message, "text", "subject")
