"""Calls to Twilio's API: numbers for lease, their prices, and the ones we own.

https://www.twilio.com/docs/phone-numbers/api, /docs/phone-numbers/pricing; errors /docs/api/errors.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from numbers.carriers import calls
from numbers.carriers.base import Access, Kind, Offer, Owned, Wish, secret_values
from numbers.carriers.errors import CallFailed, Fault, Rejected, Uncertain, Unsupported

_API = "https://api.twilio.com"
_PRICES = "https://pricing.twilio.com/v1/PhoneNumbers/Countries/"

# Our kind -> resource of AvailablePhoneNumbers, number_type of the price list
_KINDS = {
    Kind.LOCAL: ("Local", "local"),
    Kind.MOBILE: ("Mobile", "mobile"),
    Kind.TOLL_FREE: ("TollFree", "toll free"),
    Kind.NATIONAL: ("National", "national"),
}
_CAPABILITIES = {"sms": "SmsEnabled", "mms": "MmsEnabled", "voice": "VoiceEnabled", "fax": "FaxEnabled"}

# Errors that are the account's to mend, /docs/api/errors; everything else that Twilio refuses is its own
_ACCOUNT_ERRORS = {"20003", "20008", "21631", "21649", "21650", "21651", "90010"}

_RETRIES = "#rc=3&rp=all"  # by default Twilio does not come again after a 5xx; the fragment is not signed
_PAGES = 100  # of 1000 numbers each


def search(access: Access, wish: Wish) -> list[Offer]:
    """Available numbers at the country's list price; those that need a registered address are left out."""
    if wish.kind not in _KINDS or wish.capabilities - _CAPABILITIES.keys():
        raise Unsupported("twilio", f"{wish.kind} numbers with {', '.join(sorted(wish.capabilities))}")
    resource, price_name = _KINDS[wish.kind]
    query = {_CAPABILITIES[item]: "true" for item in sorted(wish.capabilities)}
    query |= {"ExcludeAllAddressRequired": "true", "PageSize": str(min(max(wish.limit, 1), 1000))}
    query |= {"Contains": wish.contains} if wish.contains else {}
    country = quote(wish.country, safe="")
    url = _account_url(access, f"AvailablePhoneNumbers/{country}/{resource}.json")
    nothing: dict[str, Any] = {"available_phone_numbers": []}  # Twilio has no such numbers in that country
    found = _items(_call(access, "GET", url, params=query, missing=nothing), "available_phone_numbers")
    if not found:
        return []
    price, currency = _price(_call(access, "GET", _PRICES + country), price_name)
    return [_offer(item, wish, price, currency) for item in found[: wish.limit]]


def buy(access: Access, offer: Offer, webhook_url: str) -> Owned:
    """Buy this very number and point it at the webhook."""
    form = {"PhoneNumber": offer.e164, "SmsUrl": webhook_url + _RETRIES, "SmsMethod": "POST"}
    url = _account_url(access, "IncomingPhoneNumbers.json")
    answer = _call(access, "POST", url, form=form)
    if answer.get("phone_number") != offer.e164 or not isinstance(answer.get("sid"), str):
        raise Uncertain("Twilio's answer to the purchase does not name the number")
    return Owned(answer["sid"], offer.e164, webhook_url, offer.monthly_cost, offer.currency)


def release(access: Access, ref: str) -> None:
    """Give a number back."""
    url = _account_url(access, f"IncomingPhoneNumbers/{quote(ref, safe='')}.json")
    _call(access, "DELETE", url, missing={})


def owned(access: Access) -> list[Owned]:
    """All numbers or an error: a list cut short would look like numbers lost."""
    url = _account_url(access, "IncomingPhoneNumbers.json?PageSize=1000")
    found: list[Owned] = []
    for _ in range(_PAGES):
        page = _call(access, "GET", url)
        found += [_owned(item) for item in _items(page, "incoming_phone_numbers")]
        following = page.get("next_page_uri")
        if not following:
            return found
        if not isinstance(following, str) or not following.startswith("/"):
            break
        url = _API + following
    raise CallFailed("Twilio's list of numbers has no end")


def _account_url(access: Access, rest: str) -> str:
    return f"{_API}/2010-04-01/Accounts/{quote(_login(access, 'account_sid'), safe='')}/{rest}"


def _login(access: Access, name: str) -> str:
    values = secret_values(access.secrets, name)
    if not values:
        raise Rejected(f"the account has no {name}", fault="account")
    return values[0]


def _auth(access: Access) -> tuple[str, str]:
    if secret_values(access.secrets, "api_key"):
        return _login(access, "api_key"), _login(access, "api_secret")
    return _login(access, "account_sid"), _login(access, "auth_token")


def _call(
    access: Access,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    missing: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The answer's JSON object, or `missing` for a 404; other errors in Twilio's words."""
    response = calls.call(access, method, url, auth=_auth(access), params=params, form=form)
    if response.status_code == 204:
        return {}
    if response.status_code == 404 and missing is not None:
        return missing
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.is_client_error:
        raise _rejected(response.status_code, answer if isinstance(answer, dict) else {})
    if not isinstance(answer, dict):
        raise calls.open_end(method, "Twilio's answer is no JSON object")
    return answer


def _rejected(status: int, answer: dict[str, Any]) -> Rejected:
    code = str(answer.get("code") or "")
    text = str(answer.get("message") or f"HTTP {status}")[:300]
    fault: Fault = "account" if code in _ACCOUNT_ERRORS or status in (401, 403) else "carrier"
    return Rejected(f"Twilio: {text}" + (f" ({code})" if code else ""), code=code, fault=fault)


def _items(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = answer.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise CallFailed(f"Twilio's answer has no {name}")
    return items


def _price(answer: dict[str, Any], number_type: str) -> tuple[Decimal, str]:
    """Monthly price after discounts; no price, no offer, or a price ceiling would not hold."""
    for item in _items(answer, "phone_number_prices"):
        if item.get("number_type") == number_type:
            try:
                price = Decimal(str(item.get("current_price") or item.get("base_price")))
            except InvalidOperation:
                break
            if price >= 0:
                return price, str(answer.get("price_unit") or "USD").upper()
    raise CallFailed(f"Twilio tells no price for {number_type} numbers")


def _offer(item: dict[str, Any], wish: Wish, price: Decimal, currency: str) -> Offer:
    has = item.get("capabilities") or dict.fromkeys(wish.capabilities, True)
    capabilities = frozenset(name.lower() for name in has if has[name])
    e164, country = str(item.get("phone_number")), str(item.get("iso_country") or wish.country)
    return Offer(e164, country, wish.kind, capabilities, price, currency=currency)


def _owned(item: dict[str, Any]) -> Owned:
    url = str(item.get("sms_url") or "").partition("#")[0]
    try:
        return Owned(str(item["sid"]), str(item["phone_number"]), url)
    except KeyError as error:
        raise CallFailed(f"Twilio lists a number without {error}") from None
