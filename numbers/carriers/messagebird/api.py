"""Calls to MessageBird's API: https://developers.messagebird.com/api/numbers and /api/sms-messaging."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from numbers.carriers.errors import CallFailed, Rejected, Uncertain, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messagebird.webhooks import MessageBird
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import payloads
from numbers.carriers.toolkit.json_api import JsonApi

_NUMBERS = "https://numbers.messagebird.com/v1"
_REST = "https://rest.messagebird.com"
_TYPES = {Kind.MOBILE: "mobile", Kind.LOCAL: "landline", Kind.TOLL_FREE: "tollfree"}
_CAPABILITIES = {"sms", "mms", "voice"}
_PAGE = 100
_PAGES = 1000


class MessageBirdApi(JsonApi):
    """One account. 25 is "not enough balance", 2 "request not allowed", https://developers.messagebird.com/api/#errors."""

    carrier = MessageBird
    title = "MessageBird"
    account_errors = frozenset({"2", "25"})

    def headers(self) -> Mapping[str, str]:
        """The key."""
        return {"Authorization": f"AccessKey {self.setting('access_key')}"}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """The first of the errors."""
        first = next(iter(payloads.objects(answer.get("errors"))), {})
        return payloads.word(first.get("code")), payloads.text(first, "description")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers for sale, at the price that the operator has set: the API does not report prices."""
        if wanted.kind not in _TYPES or wanted.capabilities - _CAPABILITIES:
            raise Unsupported(
                "messagebird", f"{wanted.kind} numbers with {', '.join(sorted(wanted.capabilities))}"
            )
        price, currency = self._price()
        query: dict[str, str | list[str]] = {
            "features": sorted(wanted.capabilities),
            "type": _TYPES[wanted.kind],
            "limit": str(min(max(wanted.limit, 1), _PAGE)),
        }
        query |= {"number": wanted.contains, "search_pattern": "anywhere"} if wanted.contains else {}
        url = f"{_NUMBERS}/available-phone-numbers/{quote(wanted.country, safe='')}"
        found = self.items(self.call("GET", url, params=query, missing={"items": []}), "items")
        return [
            Offer(
                payloads.phone(self.needed(item, "number")),
                str(item.get("country") or wanted.country),
                wanted.kind,
                frozenset(str(name) for name in item.get("features") or []),
                price,
                currency=currency,
            )
            for item in found[: wanted.limit]
        ]

    def _price(self) -> tuple[Decimal, str]:
        price = payloads.money(self.setting("price_month"))
        if price is None:
            raise Rejected("the setting price_month is not a price", fault="account")
        given = self.secrets.get("price_currency") or "EUR"
        return price, given if isinstance(given, str) else given[0]

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned:
        """Buy it, billed by the month; the flow decides where its messages go."""
        body = {
            "number": payloads.digits(offer.e164),
            "countryCode": offer.country,
            "billingIntervalMonths": 1,
        }
        answer = self.call("POST", f"{_NUMBERS}/phone-numbers", json=body)
        if payloads.phone(payloads.word(answer.get("number"))) != offer.e164:
            raise Uncertain("MessageBird's answer to the purchase does not name the number")
        return Owned(payloads.digits(offer.e164), offer.e164, None, offer.monthly_cost, offer.currency)

    def release(self, ref: str) -> None:
        """Give it back."""
        self.call("DELETE", f"{_NUMBERS}/phone-numbers/{quote(ref, safe='')}", missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error. Their price is the operator's, where it is set."""
        try:
            price, currency = self._price()
        except Rejected:
            price, currency = Decimal(0), "EUR"
        listed = (self.needed(item, "number") for item in self._listed())
        return [Owned(ref, payloads.phone(ref), None, price, currency) for ref in listed]

    def _listed(self) -> Iterator[dict[str, Any]]:
        seen = 0
        for _ in range(_PAGES):
            query = {"limit": str(_PAGE), "offset": str(seen)}
            page = self.call("GET", f"{_NUMBERS}/phone-numbers", params=query)
            items, limit, total = self.items(page, "items"), page.get("limit"), page.get("totalCount")
            yield from items
            seen += len(items)
            if isinstance(total, int):
                if seen >= total:
                    return
                if not items:
                    raise CallFailed("MessageBird's list of numbers ends early")
            elif not items or len(items) < (limit if isinstance(limit, int) else _PAGE):
                return
        raise CallFailed("MessageBird's list of numbers does not end")

    def log_in(self) -> None:
        """Ask for the balance."""
        self.call("GET", f"{_REST}/balance")

    def send(self, message: Outgoing) -> Sent:
        """Send a message; `reportUrl` needs a `reference`, or no receipt comes."""
        if message.media:
            raise Unsupported("messagebird", "sending files")
        body: dict[str, Any] = {
            "originator": payloads.digits(message.sender),
            "recipients": [payloads.digits(message.recipient)],
            "body": message.body,
            "datacoding": "auto",
        }
        if message.status_url:
            body |= {"reportUrl": message.status_url, "reference": "tempsms"}
        answer = self.call("POST", f"{_REST}/messages", json=body)
        ref = payloads.text(answer, "id")
        if not ref:
            raise Uncertain("MessageBird's answer does not name the message")
        recipient = next(iter(payloads.objects(payloads.nested(answer, "recipients").get("items"))), {})
        price = payloads.nested(recipient, "price")
        amount = payloads.money(price.get("amount"))
        currency = payloads.text(price, "currency") if amount is not None else ""
        return Sent(ref, payloads.count(recipient.get("messagePartCount")), amount, currency)
