"""Calls to Infobip: https://www.infobip.com/docs/api/platform/numbers and /channels/sms."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from numbers.carriers.errors import CarrierError, Rejected, Uncertain
from numbers.carriers.infobip.webhooks import Infobip
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned, cheapest
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_TYPES = {
    Kind.LOCAL: "VIRTUAL_LONG_NUMBER",
    Kind.MOBILE: "VIRTUAL_LONG_NUMBER",
    Kind.SHORT_CODE: "SHORT_CODE",
}
_CAPABILITIES = {"sms": "SMS", "mms": "MMS", "voice": "VOICE"}
_PAGE = 100


class InfobipApi(JsonApi):
    """One account; errors are {"errorCode", "description"}, of older calls {"requestError": {...}}."""

    carrier = Infobip
    title = "Infobip"
    account_errors = frozenset({"E401", "E403", "UNAUTHORIZED"})

    def headers(self) -> Mapping[str, str]:
        """The key."""
        return {"Authorization": f"App {self.setting('api_key')}"}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Code and description."""
        older = payloads.nested(payloads.nested(answer, "requestError"), "serviceException")
        return payloads.text(answer, "errorCode") or payloads.text(older, "messageId"), (
            payloads.text(answer, "description") or payloads.text(older, "text")
        )

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers on sale that nobody shares and that need no further set-up."""
        self.check_sold(wanted, _TYPES, _CAPABILITIES)
        query = {
            "capabilities": ",".join(_CAPABILITIES[name] for name in sorted(wanted.capabilities)),
            "country": wanted.country,
            "limit": str(min(max(wanted.limit, 1), _PAGE)),
            "page": "0",
        }
        query |= {"number": wanted.contains} if wanted.contains else {}
        found = self.items(
            self.call("GET", self._make_url("numbers/1/numbers/available"), params=query), "numbers"
        )
        offers = [offer for item in found if (offer := _parse_offer(item, wanted))]
        return cheapest(offers, wanted.limit)

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned:
        """Buy it: by number in the US, by the key of its offer elsewhere. Then point it at us.

        If only the second call fails, the number is ours anyway, and the audit shows the drift.
        """
        digits = payloads.digits(offer.e164)
        # Outside the US only the key of the offer will do (API 3.210), and an `Offer` does not hold it
        body = {"number": digits} if offer.country == "US" else {"numberKey": self._number_key(offer)}
        answer = self.call("POST", self._make_url("numbers/1/numbers"), json=body)
        ref = payloads.text(answer, "numberKey")
        if not ref or payloads.word(answer.get("number")) != digits:
            raise Uncertain("Infobip's answer to the purchase does not name the number")
        try:
            self.configure(ref, webhook_url)
        # The purchase is made and must be recorded; an error here would make it uncertain
        except CarrierError:
            webhook_url = ""
        return Owned(ref, offer.e164, webhook_url, offer.monthly_cost, offer.currency)

    def _number_key(self, offer: Offer) -> str:
        """The key under which this very number is on sale now."""
        query = {"country": offer.country, "number": payloads.digits(offer.e164), "limit": "10", "page": "0"}
        page = self.call("GET", self._make_url("numbers/1/numbers/available"), params=query)
        for item in self.items(page, "numbers"):
            if payloads.word(item.get("number")) == payloads.digits(offer.e164):
                return self.needed(item, "numberKey")
        raise Rejected("Infobip: the number is no longer for sale")

    def configure(self, ref: str, webhook_url: str) -> None:
        """Forward everything to us, with the login in the address: the number's own forwarding has no other."""
        action = {"type": "HTTP_FORWARD", "url": self._with_login(webhook_url), "httpMethod": "POST"}
        url = self._make_url(f"numbers/2/numbers/{quote(ref, safe='')}/sms")
        self.call("POST", url, json={"action": {**action, "contentType": "JSON"}})

    def _with_login(self, webhook_url: str) -> str:
        parts = urlsplit(webhook_url)
        login = ":".join(quote(self.setting(name), safe="") for name in ("username", "password"))
        return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))

    def release(self, ref: str) -> None:
        """Give it back."""
        self.call("DELETE", self._make_url(f"numbers/1/numbers/{quote(ref, safe='')}"), missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error."""
        found = []
        for item in self._list_numbers():
            price = payloads.nested(item, "price")
            monthly, currency = amounts.money(price.get("pricePerMonth")), payloads.text(price, "currency")
            known = (monthly, currency) if monthly is not None and currency else (Decimal(0), "USD")
            e164 = payloads.phone(self.needed(item, "number"))
            found.append(Owned(self.needed(item, "numberKey"), e164, None, *known))
        return found

    def _list_numbers(self) -> Iterator[dict[str, Any]]:
        def fetch(number: int, seen: int) -> tuple[list[dict[str, Any]], object]:
            query = {"limit": str(_PAGE), "page": str(number)}
            page = self.call("GET", self._make_url("numbers/1/numbers"), params=query)
            return self.items(page, "numbers"), page.get("numberCount")

        return paging.until_total("Infobip's list of numbers", _PAGE, fetch)

    def log_in(self) -> None:
        """Ask for a number."""
        self.call("GET", self._make_url("numbers/1/numbers"), params={"limit": "1", "page": "0"})

    def send(self, message: Outgoing) -> Sent:
        """Send it."""
        self.check_textual(message)
        one: dict[str, Any] = {
            "sender": payloads.digits(message.sender),
            "destinations": [{"to": payloads.digits(message.recipient)}],
            "content": {"text": message.body},
        }
        if message.status_url:
            delivery = {
                "url": self._with_login(message.status_url),
                "intermediateReport": True,
                "notify": True,
            }
            one["webhooks"] = {"delivery": delivery, "contentType": "application/json"}
        body = {"messages": [one], "options": {"includeSmsCountInResponse": True}}
        sent = next(
            iter(
                payloads.objects(
                    self.call("POST", self._make_url("sms/3/messages"), json=body).get("messages")
                )
            ),
            {},
        )
        status = payloads.nested(sent, "status")
        # Infobip answers 200 for a message that it rejects
        if payloads.text(status, "groupName") == "REJECTED":
            text = payloads.text(status, "description", "name")
            raise Rejected(f"Infobip: {text[:300]}", code=payloads.word(status.get("id")))
        ref = self.message_ref(sent, "messageId")
        return Sent(ref, payloads.count(payloads.nested(sent, "details").get("messageCount")))

    def _make_url(self, rest: str) -> str:
        base = self.setting("base").lower()
        if not re.fullmatch(r"[a-z0-9]{1,32}", base):
            raise Rejected(
                "the setting base must be a name such as xxxxx of xxxxx.api.infobip.com", fault="account"
            )
        return f"https://{base}.api.infobip.com/{rest}"


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery) -> Offer | None:
    price = payloads.nested(item, "price")
    monthly, once = amounts.money(price.get("pricePerMonth")), amounts.money(price.get("setupPrice") or "0")
    digits, currency = payloads.word(item.get("number")), payloads.text(price, "currency")
    same_type = item.get("type", _TYPES[wanted.kind]) == _TYPES[wanted.kind]
    if not digits or monthly is None or once is None or not currency or not same_type:
        return None
    if item.get("shared") or item.get("additionalSetupRequired"):
        return None
    has = payloads.names(item.get("capabilities"))
    return Offer(payloads.phone(digits), wanted.country, wanted.kind, has, monthly, once, currency)
