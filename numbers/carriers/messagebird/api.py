"""Calls to MessageBird's API: https://developers.messagebird.com/api/numbers and /api/sms-messaging."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from numbers.carriers.contract import first_secret
from numbers.carriers.errors import Rejected, Uncertain
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messagebird.webhooks import MessageBird
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_NUMBERS = "https://numbers.messagebird.com/v1"
_REST = "https://rest.messagebird.com"
_TYPES = {Kind.MOBILE: "mobile", Kind.LOCAL: "landline", Kind.TOLL_FREE: "tollfree"}
_CAPABILITIES = {"sms", "mms", "voice"}
_PAGE = 100


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
        self.check_sold(wanted, _TYPES, _CAPABILITIES)
        price, currency = self._read_price()
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
                payloads.names(item.get("features")),
                price,
                currency=currency,
            )
            for item in found[: wanted.limit]
        ]

    def _read_price(self) -> tuple[Decimal, str]:
        return self.operator_price("price_month"), first_secret(self.secrets, "price_currency") or "EUR"

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
            price, currency = self._read_price()
        except Rejected:
            price, currency = Decimal(0), "EUR"
        listed = (self.needed(item, "number") for item in self._list_numbers())
        return [Owned(ref, payloads.phone(ref), None, price, currency) for ref in listed]

    def _list_numbers(self) -> Iterator[dict[str, Any]]:
        def fetch(number: int, seen: int) -> tuple[list[dict[str, Any]], object]:
            query = {"limit": str(_PAGE), "offset": str(seen)}
            page = self.call("GET", f"{_NUMBERS}/phone-numbers", params=query)
            return self.items(page, "items"), page.get("totalCount")

        return paging.until_total("MessageBird's list of numbers", _PAGE, fetch)

    def log_in(self) -> None:
        """Ask for the balance."""
        self.call("GET", f"{_REST}/balance")

    def send(self, message: Outgoing) -> Sent:
        """Send a message; `reportUrl` needs a `reference`, or no receipt comes."""
        self.check_textual(message)
        body: dict[str, Any] = {
            "originator": payloads.digits(message.sender),
            "recipients": [payloads.digits(message.recipient)],
            "body": message.body,
            "datacoding": "auto",
        }
        if message.status_url:
            body |= {"reportUrl": message.status_url, "reference": "tempsms"}
        answer = self.call("POST", f"{_REST}/messages", json=body)
        ref = self.message_ref(answer)
        recipient = next(iter(payloads.objects(payloads.nested(answer, "recipients").get("items"))), {})
        price = payloads.nested(recipient, "price")
        amount, currency = amounts.price(price, "amount", "currency")
        return Sent(ref, payloads.count(recipient.get("messagePartCount")), amount, currency)
