"""Twilio's list prices of numbers, after the account's discounts: https://www.twilio.com/docs/phone-numbers/pricing."""

from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from numbers.carriers.errors import CallFailed
from numbers.carriers.leasing import Kind
from numbers.carriers.twilio.api import TwilioApi

_PRICES = "https://pricing.twilio.com/v1/PhoneNumbers/Countries/"
_NAMES = {Kind.LOCAL: "local", Kind.MOBILE: "mobile", Kind.TOLL_FREE: "toll free", Kind.NATIONAL: "national"}


class PricedTwilioApi(TwilioApi):
    """Twilio's API with Twilio's prices."""

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str]:
        """The price of a kind of number; without one there is no offer, since no ceiling could hold."""
        answer = self.call("GET", _PRICES + quote(country, safe=""))
        for item in self.items(answer, "phone_number_prices"):
            if item.get("number_type") == _NAMES[kind]:
                try:
                    price = Decimal(str(item.get("current_price") or item.get("base_price")))
                except InvalidOperation:
                    break
                if price >= 0:
                    return price, str(answer.get("price_unit") or "USD").upper()
        raise CallFailed(f"Twilio does not report a price for {_NAMES[kind]} numbers")
