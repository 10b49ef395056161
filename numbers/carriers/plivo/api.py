"""Calls to Plivo's API: https://docs.plivo.com/numbers/api and /messaging/api."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import quote

from numbers.carriers.errors import Uncertain
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned, cheapest
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.plivo.webhooks import Plivo
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_API = "https://api.plivo.com/v1/Account"
_TYPES = {Kind.LOCAL: "local", Kind.MOBILE: "mobile", Kind.NATIONAL: "national", Kind.TOLL_FREE: "tollfree"}
_CAPABILITIES = {"sms", "mms", "voice"}
_PAGE = 20  # the most that Plivo gives


class PlivoApi(JsonApi):
    """One account or subaccount; errors are {"api_id", "error"}."""

    carrier = Plivo
    title = "Plivo"
    # Orders take their time, and carry no reference of ours: an alias can be set only once a number is ours
    listed_within = timedelta(hours=24)

    def auth(self) -> tuple[str, str]:
        """Auth ID and token."""
        return self.setting("auth_id"), self.setting("auth_token")

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """An empty code and the text: Plivo's errors have no codes."""
        return "", payloads.text(answer, "error")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers on sale, without those that need proofs."""
        self.check_sold(wanted, _TYPES, _CAPABILITIES)
        query = {"country_iso": wanted.country, "type": _TYPES[wanted.kind]}
        query |= {"services": ",".join(sorted(wanted.capabilities))}
        query |= {"pattern": wanted.contains} if wanted.contains else {}
        pages = -(-max(wanted.limit, 1) // _PAGE)
        items = islice(self._iterate_list("PhoneNumber", query), pages * _PAGE)
        return cheapest([offer for item in items if (offer := _parse_offer(item, wanted))], wanted.limit)

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Buy it, bound to the application.

        A purchase that is "pending" waits for Plivo's stock: it is ours once it is listed.
        """
        app = self._pointed_application(webhook_url)
        digits = payloads.digits(offer.e164)
        answer = self.call(
            "POST", self._make_url(f"PhoneNumber/{quote(digits, safe='')}"), json={"app_id": app}
        )
        numbers = payloads.objects(answer.get("numbers"))
        bought = any(
            item.get("number") == digits and str(item.get("status")).lower() == "success" for item in numbers
        )
        # "pending" is answered with 201 like a purchase: taken for one, a
        # number would be adopted that may never come
        if answer.get("status") == "pending" and any(item.get("number") == digits for item in numbers):
            return Ordered(digits)
        if not bought or answer.get("status") != "fulfilled":
            raise Uncertain("Plivo's answer does not say that the number is ours")
        return Owned(digits, offer.e164, webhook_url, offer.monthly_cost, offer.currency)

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of a pending purchase: Plivo has no order API, but lists the numbers that are ours."""
        return next((number for number in self.owned() if number.ref == ref), Ordered(ref))

    def configure(self, ref: str, webhook_url: str) -> None:
        """Bind it to the application."""
        app = self._pointed_application(webhook_url)
        self.call("POST", self._make_url(f"Number/{quote(ref, safe='')}"), json={"app_id": app})

    def _pointed_application(self, webhook_url: str) -> str:
        """The address belongs to the application."""
        app = self.setting("app_id")
        url = self._make_url(f"Application/{quote(app, safe='')}")
        wanted = {"message_url": webhook_url, "message_method": "POST"}
        known = self.call("GET", url)
        if any(known.get(name) != value for name, value in wanted.items()):
            self.call("POST", url, json=wanted)
        return app

    def release(self, ref: str) -> None:
        """Give it back."""
        self.call("DELETE", self._make_url(f"Number/{quote(ref, safe='')}"), missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error."""
        addresses = {"": ""}  # without an application messages go nowhere; an unlisted one is not reported
        addresses |= {
            payloads.text(item, "resource_uri"): payloads.text(item, "message_url")
            for item in self._iterate_list("Application")
        }
        found = []
        for item in self._iterate_list("Number"):
            digits = self.needed(item, "number")
            url = addresses.get(payloads.text(item, "application"))
            price = amounts.money(item.get("monthly_rental_rate")) or Decimal(0)
            found.append(Owned(digits, payloads.phone(digits), url, price))
        return found

    def log_in(self) -> None:
        """Ask for the account."""
        self.call("GET", f"{_API}/{quote(self.setting('auth_id'), safe='')}/")

    def send(self, message: Outgoing) -> Sent:
        """Send it."""
        body: dict[str, Any] = {
            "src": message.sender,
            "dst": message.recipient,
            "text": message.body,
            "type": "sms",
        }
        body |= {"type": "mms", "media_urls": list(message.media)} if message.media else {}
        body |= {"url": message.status_url, "method": "POST"} if message.status_url else {}
        answer = self.call("POST", self._make_url("Message"), json=body)
        refs = answer.get("message_uuid")
        if not isinstance(refs, list) or len(refs) != 1 or not isinstance(refs[0], str):
            raise Uncertain("Plivo's answer does not name the message")
        return Sent(refs[0])

    def _make_url(self, rest: str) -> str:
        """All addresses end with a slash."""
        return f"{_API}/{quote(self.setting('auth_id'), safe='')}/{rest}/"

    def _iterate_list(self, name: str, query: Mapping[str, str] = {}) -> Iterator[dict[str, Any]]:
        def fetch(number: int) -> list[dict[str, Any]]:
            page = {**query, "limit": str(_PAGE), "offset": str(number * _PAGE)}
            return self.items(self.call("GET", self._make_url(name), params=page), "objects")

        return paging.until_short(f"Plivo's list of {name}", _PAGE, fetch)


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery) -> Offer | None:
    """Rates are in USD. A number that wants proofs, or is restricted, cannot be bought by a program.

    Capabilities are separate fields, and MMS is sometimes missing: a missing one is taken to be as asked for.
    """
    digits, monthly = payloads.text(item, "number"), amounts.money(item.get("monthly_rental_rate"))
    once = amounts.money(item.get("setup_rate") or "0")
    proofs = (need.get("proof_required") for need in payloads.objects(item.get("prerequisites")))
    if not digits or monthly is None or once is None or item.get("restriction") or any(proofs):
        return None
    has = frozenset(
        name for name in _CAPABILITIES if item.get(f"{name}_enabled", name in wanted.capabilities)
    )
    if not wanted.capabilities <= has:
        return None
    return Offer(payloads.phone(digits), wanted.country, wanted.kind, has, monthly, once)
