"""Calls to Twilio's API, and to those that speak it: numbers for lease, numbers we own, messages in and out.

https://www.twilio.com/docs/phone-numbers/api, /docs/messaging/api/message-resource, /docs/messaging/api/media-resource;
errors /docs/api/errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from numbers.carriers.contract import secret_values
from numbers.carriers.errors import CallFailed, Rejected, Uncertain, Unparsable
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Sent
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi
from numbers.carriers.twilio.webhooks import FILTERED, Twilio

# Our kind -> resource of AvailablePhoneNumbers
_RESOURCES = {
    Kind.LOCAL: "Local",
    Kind.MOBILE: "Mobile",
    Kind.TOLL_FREE: "TollFree",
    Kind.NATIONAL: "National",
}
_CAPABILITIES = {"sms": "SmsEnabled", "mms": "MmsEnabled", "voice": "VoiceEnabled", "fax": "FaxEnabled"}

# Errors that the account's settings cause (/docs/api/errors); all other refusals are the carrier's own
_ACCOUNT_ERRORS = frozenset({"20003", "20008", "21631", "21649", "21650", "21651", "90010"})

_RETRIES = "#rc=3&rp=all"  # by default Twilio does not retry after a 5xx; the fragment is not signed
_LONGEST_REF = 128


class TwilioApi(JsonApi):
    """One account's API. Subclasses say where it is, how to log in, and what numbers cost."""

    carrier = Twilio
    title = "Twilio"
    account_errors = _ACCOUNT_ERRORS
    suffix = ".json"
    kinds: frozenset[Kind] = frozenset(_RESOURCES)

    @property
    def root(self) -> str:
        """Scheme and host, without a slash at the end."""
        return "https://api.twilio.com"

    @property
    def account_path(self) -> str:
        """The account's path below `root`, without a slash at the end."""
        return f"/2010-04-01/Accounts/{quote(self.setting('account_sid'), safe='')}"

    def auth(self) -> tuple[str, str]:
        """An API key where there is one, the account's token otherwise."""
        if secret_values(self.secrets, "api_key"):
            return self.setting("api_key"), self.setting("api_secret")
        return self.setting("account_sid"), self.setting("auth_token")

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str]:
        """What numbers of this kind cost a month, and the currency; raises `CallFailed` if that is not known."""
        raise NotImplementedError

    # Numbers

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Available numbers at the country's list price; those that need a registered address are left out."""
        self.check_sold(wanted, self.kinds, _CAPABILITIES)
        query = {_CAPABILITIES[item]: "true" for item in sorted(wanted.capabilities)}
        query |= {"ExcludeAllAddressRequired": "true", "PageSize": str(min(max(wanted.limit, 1), 1000))}
        query |= {"Contains": wanted.contains} if wanted.contains else {}
        url = self._make_url(
            f"AvailablePhoneNumbers/{quote(wanted.country, safe='')}/{_RESOURCES[wanted.kind]}"
        )
        nothing: dict[str, Any] = {"available_phone_numbers": []}  # no such numbers in that country
        found = self.items(self.call("GET", url, params=query, missing=nothing), "available_phone_numbers")
        if not found:
            return []
        price, currency = self.list_price(wanted.country, wanted.kind)
        return [_parse_offer(item, wanted, price, currency) for item in found[: wanted.limit]]

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned:
        """Buy this very number and point it at the webhook."""
        form = {"PhoneNumber": offer.e164, "SmsUrl": webhook_url + _RETRIES, "SmsMethod": "POST"}
        answer = self.call("POST", self._make_url("IncomingPhoneNumbers"), form=form)
        # No idempotency key exists: what was bought can only be looked up in the list
        if answer.get("phone_number") != offer.e164 or not isinstance(answer.get("sid"), str):
            raise Uncertain(f"{self.title}'s answer to the purchase does not name the number")
        return Owned(answer["sid"], offer.e164, webhook_url, offer.monthly_cost, offer.currency)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point a number at the webhook; raises `Rejected` where an application that it is bound to would win."""
        form = {"SmsUrl": webhook_url + _RETRIES, "SmsMethod": "POST"}
        answer = self.call("POST", self._make_url(f"IncomingPhoneNumbers/{quote(ref, safe='')}"), form=form)
        # Twilio ignores SmsUrl then, and an empty SmsApplicationSid is not allowed
        if answer.get("sms_application_sid"):
            raise Rejected("the number is bound to an application, which decides where its messages go")
        if _read_webhook(answer) != webhook_url:
            raise Uncertain(f"{self.title}'s answer does not name the new address")

    def release(self, ref: str) -> None:
        """Give a number back."""
        self.call("DELETE", self._make_url(f"IncomingPhoneNumbers/{quote(ref, safe='')}"), missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error: a list cut short would look like numbers lost."""
        url = self._make_url("IncomingPhoneNumbers") + "?PageSize=1000"
        return [self._make_owned(item) for item in self.pages(url, "incoming_phone_numbers")]

    def _make_owned(self, item: Mapping[str, Any]) -> Owned:
        try:
            bound = item.get("sms_application_sid")  # then the application decides
            return Owned(str(item["sid"]), str(item["phone_number"]), None if bound else _read_webhook(item))
        except KeyError as error:
            raise CallFailed(f"{self.title} lists a number without {error}") from None

    def log_in(self) -> None:
        """Ask for the account."""
        self.call("GET", f"{self.root}{self.account_path}{self.suffix}")

    # Messages

    def messages(self, since: datetime) -> Iterator[Inbound]:
        """What came in since a time. The log knows whole days (GMT) only, and is read to its end."""
        day = f"{since.astimezone(UTC):%Y-%m-%dT00:00:00Z}"
        pages = self.pages(
            self._make_url("Messages") + f"?DateSent%3E={quote(day)}&PageSize=1000", "messages"
        )
        received = (item for item in pages if item.get("direction") == "inbound")
        for message in payloads.listed(received, self._parse_inbound):
            if message.sent_at is None or message.sent_at >= since:
                yield message

    def _parse_inbound(self, item: Mapping[str, Any]) -> Inbound:
        ref, sender, recipient = (str(item.get(name) or "") for name in ("sid", "from", "to"))
        if not ref or not recipient or len(ref) > _LONGEST_REF:
            raise Unparsable(f"{self.title} lists a message without sid or recipient")
        return Inbound(
            ref,
            sender,
            recipient,
            str(item.get("body") or ""),
            sent_at=_parse_time(item.get("date_sent")),
            segments=payloads.count(item.get("num_segments")),
            media=self._list_media(ref) if payloads.count(item.get("num_media")) else (),
            flags=("filtered",) if str(item.get("error_code") or "") in FILTERED else (),
        )

    def _list_media(self, ref: str) -> tuple[Media, ...]:
        url = self._make_url(f"Messages/{quote(ref, safe='')}/Media")
        listed = self.items(self.call("GET", url, missing={"media_list": []}), "media_list")
        addresses = [(str(item.get("uri") or ""), str(item.get("content_type") or "")) for item in listed]
        return tuple(
            Media(self.root + uri.removesuffix(".json"), kind) for uri, kind in addresses if uri[:1] == "/"
        )

    def send(self, message: Outgoing) -> Sent:
        """Send a message; the carrier reports the price later, and also the segments if it chooses the sender."""
        form: dict[str, str | Sequence[str]] = {
            "To": message.recipient,
            "From": message.sender,
            "Body": message.body,
        }
        form |= {"MediaUrl": message.media} if message.media else {}
        form |= {"StatusCallback": message.status_url} if message.status_url else {}
        answer = self.call("POST", self._make_url("Messages"), form=form)
        ref = answer.get("sid")
        if not isinstance(ref, str) or not ref:
            raise Uncertain(f"{self.title}'s answer does not name the message")
        price = amounts.money(
            str(answer.get("price")).removeprefix("-")
        )  # costs are reported as negative amounts
        unit = str(answer.get("price_unit") or "").upper() if price is not None else ""
        return Sent(ref, payloads.count(answer.get("num_segments")), price, unit)

    def _make_url(self, rest: str) -> str:
        return f"{self.root}{self.account_path}/{rest}{self.suffix}"

    def pages(self, url: str, name: str) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list."""

        def fetch(path: str) -> tuple[list[dict[str, Any]], object]:
            page = self.call("GET", self.root + path)
            following = page.get("next_page_uri")
            # anything else than a path could lead our login away, and ends the list with an error
            return self.items(page, name), following if str(following).startswith("/") else bool(following)

        return paging.follow(
            f"{self.title}'s list of {name.replace('_', ' ')}", fetch, url.removeprefix(self.root)
        )


def _read_webhook(item: Mapping[str, Any]) -> str:
    return str(item.get("sms_url") or "").partition("#")[0]


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery, price: Decimal, currency: str) -> Offer:
    has = item.get("capabilities") or dict.fromkeys(wanted.capabilities, True)
    capabilities = frozenset(name.lower() for name in has if has[name])
    e164, country = str(item.get("phone_number")), str(item.get("iso_country") or wanted.country)
    return Offer(e164, country, wanted.kind, capabilities, price, currency=currency)


def _parse_time(value: object) -> datetime | None:
    """RFC 2822, in GMT."""
    try:
        found = parsedate_to_datetime(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
