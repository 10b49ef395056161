"""Twilio: programmable messaging and phone numbers.

Facts are from https://www.twilio.com/docs/usage/security (signatures), /docs/messaging/guides/webhook-request,
/docs/messaging/guides/track-outbound-message-status, /docs/usage/webhooks/webhooks-connection-overrides,
/docs/phone-numbers/api, /docs/phone-numbers/pricing and the validators of twilio-python 9.13 and twilio-node 6.2.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import count, takewhile
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from numbers.carriers import calls, signing
from numbers.carriers.base import (
    Access,
    Answer,
    Carrier,
    Inbound,
    Kind,
    Media,
    Offer,
    Owned,
    Purpose,
    Receipt,
    Request,
    Secrets,
    Setting,
    Status,
    Wish,
    secret_values,
)
from numbers.carriers.errors import (
    BadSignature,
    CallFailed,
    Fault,
    Rejected,
    Uncertain,
    Unparsable,
    Unsupported,
)

_API = "https://api.twilio.com"
_PRICES = "https://pricing.twilio.com/v1/PhoneNumbers/Countries/"

# Values of MessageStatus, /docs/messaging/api/message-resource#message-status-values
_STATUSES = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_INBOUND = {"", "received", "receiving"}

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

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_RETRIES = "#rc=3&rp=all"  # by default Twilio does not come again after a 5xx; the fragment is not signed
_PAGES = 1000
_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Twilio(Carrier):
    """Set-up of a Twilio account

    1. In the Twilio console, copy "Account SID" and "Auth Token" into `account_sid` and `auth_token`.
       To spare the token, make an API key there and set `api_key` and `api_secret` as well: they are then used for
       calls, and the token only to check signatures. Give two tokens while you rotate them.
       If your webhooks are signed with a SharedKey instead, set its secret as `shared_key`.
    2. Numbers that are bought here are pointed at the webhook address by themselves. For a number you already own:
       Phone Numbers > Manage > Active numbers > the number > Messaging > "A message comes in": Webhook, the
       account's webhook address with `#rc=3&rp=all` behind it (so that Twilio comes again if we are away), HTTP POST.
       Leave "Messaging Service" empty, or set the same address in the service.
    3. Then take the number in: `manage.py number adopt --account ID +15005550006`.

    Twilio sends each message once, put together from its parts, and tells no time of sending. Numbers that need a
    registered address are not offered.
    """

    name = "twilio"
    title = "Twilio"
    settings = (
        Setting("account_sid", needed=False, help="AC..., for searching, buying and releasing numbers"),
        Setting("auth_token", help="checks signatures; two while you rotate them"),
        Setting("api_key", needed=False, help="SK..., used for calls instead of the token"),
        Setting("api_secret", needed=False, help="the API key's secret"),
        Setting("shared_key", needed=False, help="secret of the SharedKey that signs webhooks, if one does"),
    )

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check X-Twilio-Signature; Twilio signs no time, so there is no window."""
        given = request.header("x-twilio-signature")
        if not given:
            raise BadSignature("no signature")
        algorithm, keys = _keys(request, secrets)
        if not keys:
            raise BadSignature("no secret set")
        readings = _readings(request)
        if not signing.matches(given, _signatures(request.url, readings, keys, algorithm)):
            raise BadSignature("signature")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt."""
        if _is_json(request):
            raise Unparsable("a JSON body, not a form")
        form = signing.form(request.body if request.method != "GET" else _query(request.url).encode())
        if not form.clean:
            raise Unparsable("the form is not UTF-8")
        values = form.values
        ref = _needed(values, "MessageSid", "SmsSid", 128)
        word = values.get("MessageStatus") or ("" if "Body" in values else values.get("SmsStatus", ""))
        if word not in _INBOUND:
            status = _STATUSES.get(word, Status.UNKNOWN)
            return [Receipt(ref, status, word, values.get("ErrorCode", ""))]
        return [
            Inbound(
                ref,
                _needed(values, "From", "From", 64),
                _needed(values, "To", "To", 64),
                values.get("Body", ""),
                segments=_small_int(values.get("NumSegments", "")),
                media=_media(values) if "MediaUrl0" in values else (),
            )
        ]

    def answer(self, purpose: Purpose) -> Answer:
        """To a message an empty TwiML document, which sends no reply; to a receipt nothing."""
        if purpose == "inbound":
            return Answer(200, "text/xml", _EMPTY_TWIML)
        return Answer(200)

    def search(self, access: Access, wish: Wish) -> list[Offer]:
        """Available numbers with the country's list price; numbers that need a registered address are left out."""
        if wish.kind not in _KINDS or wish.capabilities - _CAPABILITIES.keys():
            raise Unsupported(self.name, f"{wish.kind} numbers with {', '.join(sorted(wish.capabilities))}")
        resource, price_name = _KINDS[wish.kind]
        query = {_CAPABILITIES[item]: "true" for item in sorted(wish.capabilities)}
        query |= {"ExcludeAllAddressRequired": "true", "PageSize": str(min(max(wish.limit, 1), 1000))}
        query |= {"Contains": wish.contains} if wish.contains else {}
        country = quote(wish.country, safe="")
        url = _account_url(access, f"AvailablePhoneNumbers/{country}/{resource}.json")
        nothing: dict[str, Any] = {
            "available_phone_numbers": []
        }  # Twilio has no such numbers in that country
        found = _items(_call(access, "GET", url, params=query, missing=nothing), "available_phone_numbers")
        if not found:
            return []
        price, currency = _price(_call(access, "GET", _PRICES + country), price_name)
        return [_offer(item, wish, price, currency) for item in found[: wish.limit]]

    def buy(self, access: Access, offer: Offer, webhook_url: str) -> Owned:
        """Buy this number and point it at us; Twilio retries an unreachable webhook three times."""
        form = {"PhoneNumber": offer.e164, "SmsUrl": webhook_url + _RETRIES, "SmsMethod": "POST"}
        url = _account_url(access, "IncomingPhoneNumbers.json")
        answer = _call(access, "POST", url, form=form)
        if answer.get("phone_number") != offer.e164 or not isinstance(answer.get("sid"), str):
            raise Uncertain("Twilio's answer to the purchase does not name the number")
        return Owned(answer["sid"], offer.e164, webhook_url, offer.monthly_cost, offer.currency)

    def release(self, access: Access, ref: str) -> None:
        """Give the number back."""
        url = _account_url(access, f"IncomingPhoneNumbers/{quote(ref, safe='')}.json")
        _call(access, "DELETE", url, missing={})

    def owned(self, access: Access) -> list[Owned]:
        """All of them or an error: a list cut short would look like numbers lost."""
        url = _account_url(access, "IncomingPhoneNumbers.json?PageSize=1000")
        owned: list[Owned] = []
        for _ in range(_PAGES):
            page = _call(access, "GET", url)
            owned += [_owned(item) for item in _items(page, "incoming_phone_numbers")]
            following = page.get("next_page_uri")
            if not following:
                return owned
            if not isinstance(following, str) or not following.startswith("/"):
                break
            url = _API + following
        raise CallFailed("Twilio's list of numbers has no end")


def _keys(request: Request, secrets: Secrets) -> tuple[str, list[str]]:
    """Name of the hash and the secrets to try. With a SharedKey a header names its algorithm (twilio-python 9.13)."""
    stated = request.header("x-twilio-webhooks-signature-settings")
    if not stated:
        return "sha1", secret_values(secrets, "auth_token")
    settings = dict(part.strip().partition("=")[::2] for part in stated.split(","))
    algorithm = _ALGORITHMS.get(settings.get("algorithm", "HMAC_SHA1").upper())
    if algorithm is None:
        raise BadSignature("unknown algorithm")
    return algorithm, secret_values(secrets, "shared_key") + secret_values(secrets, "auth_token")


def _readings(request: Request) -> tuple[bytes, ...]:
    """What was signed after the URL: nothing for a GET or a JSON body (whose hash is in the URL), or the form."""
    if request.method == "GET":
        return (b"",)
    if not _is_json(request):
        return signing.form(request.body).signed
    claimed = parse_qs(_query(request.url)).get("bodySHA256", [""])[0]
    if not signing.matches(claimed, [hashlib.sha256(request.body).hexdigest().encode()]):
        raise BadSignature("body hash")
    return (b"",)


def _is_json(request: Request) -> bool:
    kind = request.header("content-type").lower()
    return "json" in kind or ("bodySHA256=" in request.url and "form" not in kind and request.method != "GET")


def _signatures(url: str, readings: tuple[bytes, ...], keys: list[str], algorithm: str) -> Iterator[bytes]:
    """Every signature that would be right, the usual one first."""
    for address in _addresses(url):
        for reading in readings:
            signed = address.encode(errors="backslashreplace") + reading
            for key in keys:
                yield base64.b64encode(hmac.digest(key.encode(), signed, algorithm))


def _addresses(url: str) -> Iterator[str]:
    """Spellings of the URL that Twilio's side may sign: with and without port, the query as it is or written anew.

    Both validators try the ports. A browser-like URL has ' as %27; twilio-node also tries the query as Node's older
    `querystring` writes it.
    """
    head, mark, query = url.partition("#")[0].partition("?")
    bases = _bases(head.replace("'", "%27"))
    usual = query.replace("'", "%27")
    for base in bases:
        yield base + mark + usual
    if query:
        anew = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote, safe="!'()*")
        yield from (f"{base}?{anew}" for base in bases if anew != usual)


@lru_cache(maxsize=256)
def _bases(head: str) -> tuple[str, ...]:
    """The URL before its query with and without port; one that names no port may have been signed with the default."""
    match = re.fullmatch(
        r"(?P<before>(?P<scheme>https?)://[^/]*?)(?P<port>:\d+)?(?P<path>/.*)?", head, re.DOTALL
    )
    if match is None:
        return (head,)
    port = "" if match["port"] else ":443" if match["scheme"] == "https" else ":80"
    return head, match["before"] + port + (match["path"] or "")


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _needed(values: Mapping[str, str], name: str, other: str, longest: int) -> str:
    value = values.get(name) or values.get(other, "")
    if not value:
        raise Unparsable(f"no {name}")
    if len(value) > longest:
        raise Unparsable(f"{name} is longer than {longest} characters")
    return value


def _media(values: Mapping[str, str]) -> tuple[Media, ...]:
    """MediaUrl0, MediaUrl1, ... as far as they go, whatever NumMedia says."""
    present = takewhile(lambda n: f"MediaUrl{n}" in values, count())
    return tuple(Media(values[f"MediaUrl{n}"], values.get(f"MediaContentType{n}", "")) for n in present)


def _small_int(text: str) -> int:
    return int(text) if len(text) < 4 and text.isascii() and text.isdigit() else 0


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
            if price.is_finite():
                return price, str(answer.get("price_unit") or "USD").upper()
    raise CallFailed(f"Twilio tells no price for {number_type} numbers")


def _offer(item: dict[str, Any], wish: Wish, price: Decimal, currency: str) -> Offer:
    has = item.get("capabilities")
    capabilities = (
        frozenset(key.lower() for key, value in has.items() if value) if isinstance(has, dict) else None
    )
    return Offer(
        str(item.get("phone_number", "")),
        str(item.get("iso_country") or wish.country),
        wish.kind,
        wish.capabilities if capabilities is None else capabilities,
        price,
        currency=currency,
    )


def _owned(item: dict[str, Any]) -> Owned:
    url = str(item.get("sms_url") or "").partition("#")[0]
    try:
        return Owned(item["sid"], item["phone_number"], url)
    except KeyError as error:
        raise CallFailed(f"Twilio lists a number without {error}") from None
