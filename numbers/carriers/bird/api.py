"""Calls to Bird's API: orders of numbers, the ones we own, messages in and out.

Facts are from the official SDK (PyPI `messagebird-sdk` 0.106): `bird/resources/numbers*.py`, `sms*.py`, `webhooks*.py`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import quote

from numbers.carriers.bird.webhooks import Bird, inbound
from numbers.carriers.contract import secret_values
from numbers.carriers.errors import Rejected, Uncertain
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned, cheapest
from numbers.carriers.messages import Inbound, Outgoing, Sent
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_KINDS = {Kind.LOCAL, Kind.MOBILE, Kind.NATIONAL, Kind.TOLL_FREE, Kind.SHORT_CODE}  # named as ours are
_CAPABILITIES = {"sms", "mms", "voice"}
_MONTHS = {"month": Decimal(1), "year": Decimal(12), "day": 12 / Decimal(365)}
_PAGE = "100"
_STATES = ("accepted", "sent", "delivered", "undelivered", "failed", "rejected", "expired")
_EVENTS = frozenset({"sms.received", *(f"sms.{state}" for state in _STATES)})
_LATEST = 2000  # orders among which a new one surely is


class BirdApi(JsonApi):
    """One workspace."""

    carrier = Bird
    title = "Bird"

    def headers(self) -> Mapping[str, str]:
        """The key."""
        return {"Authorization": f"Bearer {self.setting('api_key')}"}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """The error object: under `error`, or the answer itself."""
        error = payloads.nested(answer, "error") or answer
        return payloads.word(error.get("code")), payloads.text(error, "message")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers on sale; without a price, or with a register of owners, none."""
        self.check_sold(wanted, _KINDS, _CAPABILITIES)
        query = {
            "country_code": wanted.country,
            "number_type": wanted.kind.value,
            "capabilities": sorted(wanted.capabilities),
            "limit": str(min(max(wanted.limit, 1), 100)),
        }
        found = self.items(self.call("GET", self._make_url("numbers/available"), params=query), "data")
        offers = [offer for item in found if (offer := _parse_offer(item)) and wanted.contains in offer.e164]
        return cheapest(offers, wanted.limit)

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Order this number; most orders are carried out at once."""
        body = {"number": offer.e164, **({"reference": key} if key else {})}
        return self._parse_order(self.call("POST", self._make_url("numbers/orders"), json=body))

    def find(self, key: str) -> Owned | Ordered | None:
        """An order of the last days by our reference, unless it failed; the list is the newest first."""
        for item in islice(self._iterate_pages("numbers/orders", {}), _LATEST):
            if item.get("reference") == key and item.get("status") != "failed":
                return self._parse_order(item)
        return None

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of an order; a refused query does not mean that the order failed."""
        return self._parse_order(self.ask(self._make_url(f"numbers/orders/{quote(ref, safe='')}")))

    def _parse_order(self, answer: Mapping[str, Any]) -> Owned | Ordered:
        ref, status = payloads.text(answer, "id"), payloads.text(answer, "status")
        number_id, e164 = payloads.text(answer, "number_id"), payloads.text(answer, "number")
        if status == "failed":
            raise Rejected(
                f"Bird: {payloads.text(answer, 'failure_reason', longest=300) or 'the order failed'}"
            )
        if status == "completed" and number_id and e164:
            return Owned(number_id, e164)
        if not ref:
            raise Uncertain("Bird's answer to the order does not name it")
        return Ordered(ref)

    def release(self, ref: str) -> None:
        """Give a number back at once."""
        self.call("POST", self._make_url(f"numbers/{quote(ref, safe='')}/release"), missing={})

    def owned(self) -> list[Owned]:
        """All dedicated numbers or an error; all of them go to the workspace's endpoint."""
        address = self._read_address()
        found = []
        for item in self._iterate_pages("numbers", {}):
            if item.get("kind") != "shared" and item.get("status") != "released":
                price, currency = _monthly_price(payloads.nested(item, "pricing")) or (Decimal(0), "USD")
                ref, e164 = self.needed(item, "id"), self.needed(item, "number")
                found.append(Owned(ref, e164, address, price, currency))
        return found

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point the workspace's endpoint, the one whose secret we have, at us; a new one would have another secret."""
        known = self._get_endpoint(self.setting("webhook_id"))
        events = _list_events(known)
        wanted: dict[str, Any] = {} if known.get("url") == webhook_url else {"url": webhook_url}
        wanted |= {} if events >= _EVENTS else {"events": sorted(events | _EVENTS)}
        wanted |= {"status": "active"} if known.get("status") == "paused" else {}
        if wanted:
            self.call(
                "PATCH", self._make_url(f"webhooks/{quote(self.setting('webhook_id'), safe='')}"), json=wanted
            )

    def _read_address(self) -> str | None:
        """Where received messages go: empty for nowhere, None where we don't know it."""
        given = secret_values(self.secrets, "webhook_id")
        if not given:
            return None
        try:
            known = self._get_endpoint(given[0])
        except Rejected as error:
            return None if error.fault == "account" else ""
        hears = known.get("status") != "paused" and "sms.received" in _list_events(known)
        return payloads.text(known, "url") if hears else ""

    def _get_endpoint(self, ref: str) -> dict[str, Any]:
        return self.call("GET", self._make_url(f"webhooks/{quote(ref, safe='')}"))

    def messages(self, since: datetime) -> Iterator[Inbound]:
        """Received messages since a time, newest first."""
        after = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        listed = self._iterate_pages("sms/messages", {"direction": "inbound", "created_after": after})
        return payloads.listed(
            listed, lambda item: inbound(item, "id", payloads.time(item.get("created_at")))
        )

    def log_in(self) -> None:
        """Ask for a number."""
        self.call("GET", self._make_url("numbers"), params={"limit": "1"})

    def send(self, message: Outgoing) -> Sent:
        """Send a message."""
        body: dict[str, Any] = {
            "to": message.recipient,
            "from": message.sender,
            "text": message.body,
            "category": "service",
        }
        if message.media:
            body["media_urls"] = list(message.media)
        answer = self.call("POST", self._make_url("sms/messages"), json=body)
        ref, cost = self.message_ref(answer), payloads.nested(answer, "cost")
        price, currency = amounts.price(cost, "amount", "currency_code")
        return Sent(ref, payloads.count(payloads.nested(answer, "segments").get("count")), price, currency)

    def _make_url(self, rest: str) -> str:
        """The region is in the key: bk_us1_..."""
        region = re.match(r"b[km]_([a-z]{2}[0-9]+)_.", self.setting("api_key"))
        if region is None:
            raise Rejected("the setting api_key must have the form bk_REGION_...", fault="account")
        return f"https://{region[1]}.platform.bird.com/v1/{rest}"

    def _iterate_pages(self, rest: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        def fetch(cursor: str) -> tuple[list[dict[str, Any]], object]:
            begin = {"starting_after": cursor} if cursor else {}
            page = self.call("GET", self._make_url(rest), params={**query, "limit": _PAGE, **begin})
            return self.items(page, "data"), page.get("next_cursor")

        return paging.follow(f"Bird's list of {rest}", fetch)


def _list_events(endpoint: Mapping[str, Any]) -> set[str]:
    listed = endpoint.get("events")
    return {str(name) for name in listed} if isinstance(listed, list) else set()


def _parse_offer(item: Mapping[str, Any]) -> Offer | None:
    pricing = payloads.nested(item, "pricing")
    monthly, setup = _monthly_price(pricing), payloads.nested(pricing, "setup_price")
    e164, kind = payloads.text(item, "number"), payloads.text(item, "number_type")
    # A program cannot register an owner, and an offer without a price would pass every ceiling
    if monthly is None or item.get("ownership_registration_required") or not e164 or kind not in _KINDS:
        return None
    price, currency = monthly
    once = amounts.money(setup.get("amount")) if setup else Decimal(0)
    if once is None or (setup and payloads.text(setup, "currency_code") != currency):
        return None
    has = payloads.names(item.get("capabilities"))
    return Offer(e164, payloads.text(item, "country_code").upper(), Kind(kind), has, price, once, currency)


def _monthly_price(pricing: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    """The recurring price per month: Bird reports it for a period of days, months or years."""
    price, period = payloads.nested(pricing, "recurring_price"), payloads.nested(pricing, "recurring_period")
    amount, count = amounts.money(price.get("amount")), payloads.count(period.get("count"))
    months, currency = _MONTHS.get(str(period.get("unit"))), payloads.text(price, "currency_code")
    if amount is None or not months or not count or not currency:
        return None
    # The ledger keeps four places
    return (amount / (months * count)).quantize(Decimal("0.0001")), currency
