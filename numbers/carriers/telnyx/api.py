"""Calls to Telnyx's API v2: https://developers.telnyx.com/api/numbers, /api/messaging."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from numbers.carriers.contract import secret_values
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned, cheapest, common_price
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.telnyx.webhooks import Telnyx
from numbers.carriers.toolkit import amounts, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_API = "https://api.telnyx.com/v2"
_KINDS = {Kind.LOCAL, Kind.MOBILE, Kind.NATIONAL, Kind.TOLL_FREE}  # named as ours are
_CAPABILITIES = {"sms", "mms", "voice", "fax"}
_NOT_OURS = {"deleted", "purchase-failed", "port-failed", "ported-out"}
_PAGE = 250
_PAGES = 1000


class TelnyxApi(JsonApi):
    """One account. 10009 is "authentication failed", 10015 to 10038 concern the account's own set-up."""

    carrier = Telnyx
    title = "Telnyx"
    account_errors = frozenset({"10009", "10010", "10038", "20100", "90001"})

    def headers(self) -> Mapping[str, str]:
        """The key."""
        return {"Authorization": f"Bearer {self.setting('api_key')}"}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """The first of the errors."""
        first = next(iter(payloads.objects(answer.get("errors"))), {})
        return payloads.word(first.get("code")), payloads.text(first, "detail", "title")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers that are really there (no "best effort" ones), with what they cost."""
        self.check_sold(wanted, _KINDS, _CAPABILITIES)
        query: dict[str, str | list[str]] = {
            "filter[country_code]": wanted.country,
            "filter[phone_number_type]": wanted.kind.value,
            "filter[features][]": sorted(wanted.capabilities),
            "filter[limit]": str(max(wanted.limit, 1)),
            "filter[best_effort]": "false",
        }
        query |= {"filter[phone_number][contains]": wanted.contains} if wanted.contains else {}
        found = self.items(self.call("GET", f"{_API}/available_phone_numbers", params=query), "data")
        offers = [offer for item in found if (offer := _parse_offer(item, wanted))]
        return cheapest(offers, wanted.limit)

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str] | None:
        """What such numbers cost that are on sale, if all cost the same."""
        return common_price(self.search(NumberQuery(country, kind, limit=100)))

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Order the number into our messaging profile."""
        self._point_profile(webhook_url)
        order = {
            "phone_numbers": [{"phone_number": offer.e164}],
            "messaging_profile_id": self.setting("messaging_profile_id"),
            **({"customer_reference": key} if key else {}),
        }
        return self._parse_order(self.call("POST", f"{_API}/number_orders", json=order))

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of an order; a refused query (a revoked key, say) does not mean that the order failed."""
        return self._parse_order(self.ask(f"{_API}/number_orders/{quote(ref, safe='')}"))

    def find(self, key: str) -> Owned | Ordered | None:
        """An order by our reference, unless it failed."""
        query = {"filter[customer_reference]": key}
        for item in self.items(self.call("GET", f"{_API}/number_orders", params=query), "data"):
            if item.get("customer_reference") == key and item.get("status") != "failure":
                return self._parse_order({"data": item})
        return None

    def _parse_order(self, answer: Mapping[str, Any]) -> Owned | Ordered:
        data = payloads.nested(answer, "data")
        ref, status = payloads.text(data, "id"), payloads.text(data, "status")
        if not ref:
            raise Uncertain("Telnyx's answer to the order does not name it")
        if status == "failure":
            raise Rejected("Telnyx: the order failed")
        number = next(iter(payloads.objects(data.get("phone_numbers"))), {})
        if status == "success" and (e164 := payloads.text(number, "phone_number")):
            # the order's id of the number is another one than the number's
            query = {"filter[phone_number]": e164}
            try:
                listed = self.items(self.call("GET", f"{_API}/phone_numbers", params=query), "data")
            except CallFailed:
                listed = []  # bought anyway: looked up again with the order
            for item in listed:
                if item.get("phone_number") == e164:
                    return Owned(self.needed(item, "id"), e164)
        return Ordered(ref)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Put a number into our messaging profile."""
        self._point_profile(webhook_url)
        body = {"messaging_profile_id": self.setting("messaging_profile_id")}
        self.call("PATCH", f"{_API}/phone_numbers/{quote(ref, safe='')}/messaging", json=body)

    def _point_profile(self, webhook_url: str) -> None:
        """The address belongs to the profile, and so does the form of what is sent there."""
        url = f"{_API}/messaging_profiles/{quote(self.setting('messaging_profile_id'), safe='')}"
        # A profile can also send version 1, or forms like
        # Twilio's ("2010-04-01"); only version 2 is read here
        wanted = {"webhook_url": webhook_url, "webhook_api_version": "2"}
        data = payloads.nested(self.call("GET", url), "data")
        if any(data.get(name) != value for name, value in wanted.items()):
            self.call("PATCH", url, json=wanted)

    def release(self, ref: str) -> None:
        """Give it back."""
        self.call("DELETE", f"{_API}/phone_numbers/{quote(ref, safe='')}", missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error."""
        addresses: dict[Any, str] = {
            None: ""
        }  # without a profile messages go nowhere; an unlisted one is not reported
        addresses |= {
            item.get("id"): payloads.text(item, "webhook_url")
            for item in self._iterate_pages("messaging_profiles")
        }
        return [
            Owned(
                self.needed(item, "id"),
                self.needed(item, "phone_number"),
                addresses.get(item.get("messaging_profile_id") or None),
            )
            for item in self._iterate_pages("phone_numbers")
            if item.get("status") not in _NOT_OURS
        ]

    def log_in(self) -> None:
        """Ask for the balance."""
        self.call("GET", f"{_API}/balance")

    def send(self, message: Outgoing) -> Sent:
        """Send it; a name as sender needs the profile."""
        body: dict[str, Any] = {"to": message.recipient, "from": message.sender, "text": message.body}
        if not message.sender.removeprefix("+").isdigit() or secret_values(
            self.secrets, "messaging_profile_id"
        ):
            body["messaging_profile_id"] = self.setting("messaging_profile_id")
        if message.media:
            body |= {"media_urls": list(message.media), "type": "MMS"}
        if message.status_url:
            body |= {"webhook_url": message.status_url, "use_profile_webhooks": False}
        data = payloads.nested(self.call("POST", f"{_API}/messages", json=body), "data")
        ref, cost = self.message_ref(data), payloads.nested(data, "cost")
        price, currency = amounts.price(cost, "amount", "currency")
        return Sent(ref, payloads.count(data.get("parts")), price, currency)

    def _iterate_pages(self, name: str) -> Iterator[dict[str, Any]]:
        for number in range(1, _PAGES):
            query = {"page[number]": str(number), "page[size]": str(_PAGE)}
            page = self.call("GET", f"{_API}/{name}", params=query)
            yield from self.items(page, "data")
            pages = payloads.nested(page, "meta").get("total_pages")
            if type(pages) is not int:
                raise CallFailed(f"Telnyx's list of {name} does not say how long it is")
            if number >= pages:
                return
        raise CallFailed(f"Telnyx's list of {name} does not end")


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery) -> Offer | None:
    cost = payloads.nested(item, "cost_information")
    monthly, once = amounts.money(cost.get("monthly_cost")), amounts.money(cost.get("upfront_cost") or "0")
    e164, currency = payloads.text(item, "phone_number"), payloads.text(cost, "currency")
    if not e164 or monthly is None or once is None or not currency or item.get("best_effort"):
        return None
    features = (payloads.text(feature, "name") for feature in payloads.objects(item.get("features")))
    has = frozenset(name for name in features if name in _CAPABILITIES)
    if not wanted.capabilities <= has:
        return None
    return Offer(e164, wanted.country, wanted.kind, has, monthly, once, currency)
