"""Calls to Sinch: https://developers.sinch.com/docs/numbers/api-reference and /docs/sms/api-reference.

Paths and names are those of sinch-sdk-python 2.3 (`sinch/domains/numbers`, `sinch/domains/sms`).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from numbers.carriers.contract import Api, Secrets, secret_values
from numbers.carriers.errors import CallFailed, Rejected, Uncertain, unanswered
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned, cheapest
from numbers.carriers.messages import Inbound, Outgoing, Sent
from numbers.carriers.sinch.webhooks import REGIONS, Sinch, inbound
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_NUMBERS = "https://numbers.api.sinch.com/v1/projects"
_TYPES = {Kind.LOCAL: "LOCAL", Kind.MOBILE: "MOBILE", Kind.TOLL_FREE: "TOLL_FREE"}
_CAPABILITIES = {"sms": "SMS", "voice": "VOICE"}
_PAGE = 100


class SinchApi(Api):
    """Numbers through the project's access key, messages through the service plan's token."""

    carrier = Sinch
    listed_within = timedelta(hours=24)  # orders take their time

    def __init__(self, secrets: Secrets, http: httpx.Client | None = None) -> None:
        super().__init__(secrets, http)
        self._numbers = _Numbers(secrets, self.http)
        self._plan = _Plan(secrets, self.http)

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers on sale, without those that need documents."""
        self.check_sold(wanted, _TYPES, _CAPABILITIES)
        query: dict[str, str | list[str]] = {
            "regionCode": wanted.country,
            "type": _TYPES[wanted.kind],
            "capabilities": [_CAPABILITIES[name] for name in sorted(wanted.capabilities)],
            "size": str(max(wanted.limit, 1)),
        }
        if wanted.contains:
            query |= {"numberPattern.pattern": wanted.contains, "numberPattern.searchPattern": "CONTAINS"}
        page = self._numbers.get("availableNumbers", query)
        found = self._numbers.items({"availableNumbers": [], **page}, "availableNumbers")  # none: left out
        offers = [offer for item in found if (offer := _parse_offer(item, wanted))]
        return cheapest(offers, wanted.limit)

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Rent it into the service plan, whose callback address the dashboard holds."""
        body = {"smsConfiguration": {"servicePlanId": self._plan.name}}
        url = f"{self._numbers.base}/availableNumbers/{quote(offer.e164, safe='+')}:rent"
        answer = self._numbers.call("POST", url, json=body)
        if answer.get("phoneNumber") != offer.e164:
            raise Uncertain("Sinch's answer to the order does not name the number")
        return self._parse_state(answer)

    def order(self, ref: str) -> Owned | Ordered:
        """A rented number, on its way into the service plan or there.

        Renting is done at once, so a number that the project has not is a failed order; any other refusal is not.
        """
        gone: dict[str, Any] = {}
        try:
            item = self._numbers.get(f"activeNumbers/{quote(ref, safe='+')}", missing=gone)
        except Rejected as error:
            raise unanswered(error) from None
        if item is gone:
            raise Rejected("Sinch: the project does not have this number")
        return self._parse_state(item)

    def _parse_state(self, item: Mapping[str, Any]) -> Owned | Ordered:
        sms = payloads.nested(item, "smsConfiguration")
        waiting = payloads.nested(sms, "scheduledProvisioning").get("status") in ("WAITING", "IN_PROGRESS")
        # Rented and paid for from the start: waiting only means that its messages do not come to our plan yet
        if waiting and sms.get("servicePlanId") != self._plan.name:
            return Ordered(self._numbers.needed(item, "phoneNumber"))
        return self._make_owned(item)

    def release(self, ref: str) -> None:
        """Give a number back."""
        url = f"{self._numbers.base}/activeNumbers/{quote(ref, safe='+')}:release"
        self._numbers.call("POST", url, missing={})

    def owned(self) -> list[Owned]:
        """All numbers or an error."""

        def fetch(cursor: str) -> tuple[list[dict[str, Any]], object]:
            begin = {"pageToken": cursor} if cursor else {}
            page = self._numbers.get("activeNumbers", {"pageSize": str(_PAGE), **begin})
            totals.append(page.get("totalSize"))
            if page.get("totalSize") == 0:
                # An empty list is left out of the answer
                page = {"activeNumbers": [], **page}
            return self._numbers.items(page, "activeNumbers"), page.get("nextPageToken")

        totals: list[object] = []
        found = [self._make_owned(item) for item in paging.follow("Sinch's list of numbers", fetch)]
        if isinstance(totals[-1], int) and len(found) < totals[-1]:
            raise CallFailed("Sinch's list of numbers ends early")
        return found

    def _make_owned(self, item: Mapping[str, Any]) -> Owned:
        price, currency = _monthly_price(item, "money") or (Decimal(0), "USD")
        e164 = self._numbers.needed(item, "phoneNumber")
        return Owned(e164, e164, None, price, currency)

    def messages(self, since: datetime) -> Iterator[Inbound]:
        """The service plan's log."""
        return payloads.listed(self._list_received(since), inbound)

    def _list_received(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Messages that came in since a time."""
        start = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

        def fetch(number: int, seen: int) -> tuple[list[dict[str, Any]], object]:
            query = {"start_date": start, "page": str(number), "page_size": str(_PAGE)}
            page = self._plan.call("GET", f"{self._plan.base}/inbounds", params=query)
            return self._plan.items(page, "inbounds"), page.get("count")

        return paging.until_total("Sinch's list of messages", _PAGE, fetch)

    def log_in(self) -> None:
        """Ask for a number of the project, and for a message of the plan: whichever of the two is set."""
        has = self.secrets
        if has.get("project_id") or not has.get("api_token"):
            self._numbers.get("activeNumbers", {"pageSize": "1"})
        if has.get("api_token"):
            self._plan.call("GET", f"{self._plan.base}/inbounds", params={"page_size": "1"})

    def send(self, message: Outgoing) -> Sent:
        """Send a batch of one; receipts of each step."""
        self.check_textual(message)
        body: dict[str, Any] = {
            "type": "mt_text",
            "from": payloads.digits(message.sender),
            "to": [payloads.digits(message.recipient)],
            "body": message.body,
            "delivery_report": "per_recipient" if message.status_url else "none",
        }
        body |= {"callback_url": message.status_url} if message.status_url else {}
        answer = self._plan.call("POST", f"{self._plan.base}/batches", json=body)
        return Sent(self._plan.message_ref(answer))


class _Numbers(JsonApi):
    """The Numbers API; errors are Google's: {"error": {"code", "message", "status"}}."""

    carrier = Sinch
    title = "Sinch"

    def auth(self) -> tuple[str, str]:
        """The access key."""
        return self.setting("key_id"), self.setting("key_secret")

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Status and message."""
        error = payloads.nested(answer, "error") or answer
        return payloads.word(error.get("status")), payloads.text(error, "message")

    @property
    def base(self) -> str:
        """The project's address."""
        return f"{_NUMBERS}/{quote(self.setting('project_id'), safe='')}"

    def get(
        self,
        rest: str,
        query: Mapping[str, str | list[str]] | None = None,
        missing: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Read something of the project."""
        return self.call("GET", f"{self.base}/{rest}", params=query, missing=missing)


class _Plan(JsonApi):
    """A service plan of the SMS API; errors are {"code", "text"}."""

    carrier = Sinch
    title = "Sinch"

    def headers(self) -> Mapping[str, str]:
        """The token."""
        return {"Authorization": f"Bearer {self.setting('api_token')}"}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Code and text."""
        return payloads.word(answer.get("code")), payloads.text(answer, "text")

    @property
    def name(self) -> str:
        """Its id."""
        return self.setting("service_plan_id")

    @property
    def base(self) -> str:
        """Its address, in its region."""
        region = (secret_values(self.secrets, "region") or ["us"])[0].lower()
        if region not in REGIONS:
            raise Rejected(f"the setting region must be one of {', '.join(sorted(REGIONS))}", fault="account")
        return f"https://{region}.sms.api.sinch.com/xms/v1/{quote(self.name, safe='')}"


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery) -> Offer | None:
    monthly, setup = (
        _monthly_price(item, "monthlyPrice", by_interval=False),
        payloads.nested(item, "setupPrice"),
    )
    e164, once = payloads.text(item, "phoneNumber"), amounts.money(setup.get("amount") if setup else "0")
    if monthly is None or once is None or not e164 or item.get("supportingDocumentationRequired"):
        return None
    price, currency = monthly
    if once and payloads.text(setup, "currencyCode") != currency:
        return None
    has = payloads.names(item.get("capability"))
    if not wanted.capabilities <= has:
        return None
    return Offer(e164, str(item.get("regionCode") or wanted.country), wanted.kind, has, price, once, currency)


def _monthly_price(
    item: Mapping[str, Any], name: str, *, by_interval: bool = True
) -> tuple[Decimal, str] | None:
    """A price by the month; that of a number we have is for `paymentIntervalMonths`."""
    amount = amounts.money(payloads.nested(item, name).get("amount"))
    months = (payloads.count(item.get("paymentIntervalMonths")) or 1) if by_interval else 1
    currency = payloads.text(payloads.nested(item, name), "currencyCode")
    return (
        ((amount / months).quantize(Decimal("0.0001")), currency) if amount is not None and currency else None
    )
