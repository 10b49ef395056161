"""Calls to Vonage: https://developer.vonage.com/en/api/numbers and /en/api/sms."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from numbers.carriers.errors import CallFailed, CarrierError, Rejected, Uncertain
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned, cheapest, common_price
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import amounts, paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi
from numbers.carriers.vonage.webhooks import Vonage
from tempsms.lib import gsm7

_API = "https://rest.nexmo.com"
_TYPES = {Kind.LOCAL: "landline", Kind.MOBILE: "mobile-lvn", Kind.TOLL_FREE: "landline-toll-free"}
_FEATURES = {"sms": "SMS", "mms": "MMS", "voice": "VOICE"}
_PAGE = 100


class VonageApi(JsonApi):
    """One account. The classic SMS API answers 200 whatever happened; each part has a status of its own."""

    carrier = Vonage
    title = "Vonage"
    account_errors = frozenset(
        {"401", "4", "9", "420"}
    )  # 420: the country wants papers, or it is not on sale

    def auth(self) -> tuple[str, str]:
        """Key and secret, as the official SDK sends them."""
        return self.setting("api_key"), self.setting("api_secret")

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Code and label."""
        return payloads.word(answer.get("error-code")), payloads.text(
            answer, "error-code-label", "error_title"
        )

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers on sale; `cost` is in EUR a month."""
        self.check_sold(wanted, _TYPES, _FEATURES)
        query = {
            "country": wanted.country,
            "type": _TYPES[wanted.kind],
            "features": ",".join(_FEATURES[name] for name in sorted(wanted.capabilities)),
            "size": str(min(max(wanted.limit, 1), _PAGE)),
        }
        query |= {"pattern": wanted.contains, "search_pattern": "1"} if wanted.contains else {}
        found = payloads.objects(self.call("GET", f"{_API}/number/search", params=query).get("numbers"))
        offers = [offer for item in found if (offer := _parse_offer(item, wanted))]
        return cheapest(offers, wanted.limit)

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str] | None:
        """What such numbers cost that are on sale, if all cost the same."""
        return common_price(self.search(NumberQuery(country, kind, limit=100)))

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned:
        """Buy a number and point it at us. If only pointing it fails, the number is ours and the audit shows it."""
        ref = f"{offer.country}:{payloads.digits(offer.e164)}"
        self._change_number("buy", ref)
        try:
            self.configure(ref, webhook_url)
        except CarrierError:
            return Owned(ref, offer.e164, "", offer.monthly_cost, offer.currency)
        return Owned(ref, offer.e164, webhook_url, offer.monthly_cost, offer.currency)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Set the address. An update clears what it does not name, so what voice does is sent along.

        The application is left out: bound to one, the number would send there.
        """
        digits = ref.partition(":")[2]
        query = {"pattern": digits, "search_pattern": "1"}
        found = payloads.objects(self.call("GET", f"{_API}/account/numbers", params=query).get("numbers"))
        known = next((item for item in found if item.get("msisdn") == digits), None)
        if known is None:  # then what it has cannot be kept
            raise CallFailed("Vonage does not list the number", retry=True)
        kept = {"voiceCallbackType": "voiceCallbackType", "voiceCallbackValue": "voiceCallbackValue"}
        form = {name: str(known[mine]) for name, mine in kept.items() if known.get(mine)}
        self._change_number("update", ref, {"moHttpUrl": webhook_url, **form})

    def release(self, ref: str) -> None:
        """Give it back. Vonage says 420 for a number that is not ours: it is gone if it is not listed."""
        try:
            self._change_number("cancel", ref)
        except Rejected:
            if any(number.ref == ref for number in self.owned()):
                raise

    def _change_number(self, action: str, ref: str, more: Mapping[str, str] | None = None) -> None:
        country, _, digits = ref.partition(":")
        form = {"country": country, "msisdn": digits, **(more or {})}
        answer = self.call("POST", f"{_API}/number/{action}", form=form)
        code = payloads.word(answer.get("error-code"))
        if not code:
            raise Uncertain("Vonage's answer has no error-code")
        # Vonage answers HTTP 200 for refusals too
        if code != "200":
            raise self.refusal(200, answer)

    def owned(self) -> list[Owned]:
        """All numbers or an error."""
        return [
            Owned(
                f"{self.needed(item, 'country')}:{self.needed(item, 'msisdn')}",
                payloads.phone(self.needed(item, "msisdn")),
                None
                if item.get("app_id")
                else payloads.text(item, "moHttpUrl"),  # else the application decides
            )
            for item in self._list_numbers()
        ]

    def _list_numbers(self) -> Iterator[dict[str, Any]]:
        def fetch(number: int, seen: int) -> tuple[list[dict[str, Any]], object]:
            query = {"size": str(_PAGE), "index": str(number + 1)}
            page = self.call("GET", f"{_API}/account/numbers", params=query)
            total = page.get("count", 0)
            if not isinstance(total, int) or (total and "numbers" not in page):
                raise CallFailed("Vonage's answer has no numbers")
            return self.items(page, "numbers") if page else [], total  # without any the answer is {}

        return paging.until_total("Vonage's list of numbers", _PAGE, fetch)

    def log_in(self) -> None:
        """Ask for the balance."""
        self.call("GET", f"{_API}/account/get-balance")

    def send(self, message: Outgoing) -> Sent:
        """Send it. If a part was refused after another was taken, what arrives is not known."""
        self.check_textual(message)
        form = {
            # The SMS API wants the login in the form, as its OpenAPI
            # document says; the Numbers API takes HTTP Basic
            "api_key": self.setting("api_key"),
            "api_secret": self.setting("api_secret"),
            "from": payloads.digits(message.sender),
            "to": payloads.digits(message.recipient),
            "text": message.body,
            "type": "text" if gsm7.fits(message.body) else "unicode",
        }
        form |= {"callback": message.status_url} if message.status_url else {}
        answer = self.call("POST", f"{_API}/sms/json", form=form)
        parts = payloads.objects(answer.get("messages"))
        if not parts:
            raise Uncertain("Vonage's answer does not contain a message")
        refused = [part for part in parts if payloads.word(part.get("status")) != "0"]
        if refused:
            code, text = payloads.word(refused[0].get("status")), payloads.text(refused[0], "error-text")
            if len(refused) < len(parts):
                raise Uncertain(f"Vonage accepted only some of the parts: {text[:200]}", code=code)
            raise self.refusal(200, {"error-code": code, "error-code-label": text})
        prices = [amounts.money(part.get("message-price")) for part in parts]
        known = [amount for amount in prices if amount is not None]
        price = sum(known, Decimal(0)) if len(known) == len(parts) else None
        return Sent(
            self.message_ref(parts[0], "message-id"), len(parts), price, "EUR" if price is not None else ""
        )


def _parse_offer(item: Mapping[str, Any], wanted: NumberQuery) -> Offer | None:
    price, digits = amounts.money(item.get("cost")), payloads.text(item, "msisdn")
    if price is None or not digits:
        return None
    has = payloads.names(item.get("features"))
    country = str(item.get("country") or wanted.country)
    return Offer(payloads.phone(digits), country, wanted.kind, has, price, currency="EUR")
