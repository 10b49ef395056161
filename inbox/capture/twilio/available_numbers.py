"""`.../AvailablePhoneNumbers`: what the simulated carrier has in stock.

/docs/phone-numbers/api/availablephonenumber-resource
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import phonenumbers
from babel import Locale

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import not_found
from inbox.capture.twilio.fields import Fields
from inbox.capture.twilio.logins import find_account
from inbox.capture.twilio.paging import MOST, USUAL, read_count
from inbox.sandbox import carrier_numbers
from inbox.sandbox.models import Project
from inbox.sandbox.played.twilio_receipts import VERSION
from numbers.carriers.leasing import Kind
from numbers.carriers.simulated.stock import RANGES

_COUNTRIES = rf"/capture/twilio/{VERSION}/Accounts/(?P<sid>[^/]{{1,64}})/AvailablePhoneNumbers"
_COUNTRY = rf"{_COUNTRIES}/(?P<country>[A-Z]{{2}})"
_FOLDERS = {
    "Local": Kind.LOCAL,
    "Mobile": Kind.MOBILE,
    "TollFree": Kind.TOLL_FREE,
    "National": Kind.NATIONAL,
}
_CAPABILITIES = ("voice", "sms", "mms")
_WITHOUT_DATA = (
    *("InRegion", "InPostalCode", "InRateCenter", "InLata", "InLocality"),
    *("NearNumber", "NearLatLong", "Distance"),
)
"""Filters by places, which the numbers of the stock don't have."""
_PATTERN = re.compile(r"[0-9*+]{2,16}")


def _list_countries(request: CarrierRequest) -> Reply:
    sid = find_account(request).sid
    countries = sorted({block.country for block in RANGES})
    uri = f"/{VERSION}/Accounts/{sid}/AvailablePhoneNumbers.json"
    return Reply(200, {"countries": [_describe_country(sid, one) for one in countries], "uri": uri})


def _fetch_country(request: CarrierRequest) -> Reply:
    sid, country = find_account(request).sid, request.parts["country"]
    if not _list_kinds(country):
        raise not_found(request.path)
    return Reply(200, _describe_country(sid, country))


def _list_numbers(request: CarrierRequest) -> Reply:
    account, country = find_account(request), request.parts["country"]
    kind = _FOLDERS[request.parts["folder"]]
    if kind not in _list_kinds(country):
        raise not_found(request.path)
    query = {name: values[0] for name, values in request.query.items()}
    size = read_count(query, "PageSize", USUAL, 1, MOST)
    fits = _read_filters(Fields(request.query))
    stock = carrier_numbers.list_for_sale(account.project, "twilio", country, kind)
    found = [_describe_number(country, e164) for e164 in islice(filter(fits, stock), size)]
    uri = f"/{VERSION}/Accounts/{account.sid}/AvailablePhoneNumbers/{country}/{request.parts['folder']}.json"
    return Reply(200, {"available_phone_numbers": found, "uri": uri})


def choose_by_area_code(project: Project, area: str) -> str | None:
    """A number of the US or Canada with this area code that the project can buy."""
    for country in ("US", "CA"):
        stock = carrier_numbers.list_for_sale(project, "twilio", country, Kind.LOCAL)
        if found := next((e164 for e164 in stock if e164[2:5] == area), None):
            return found
    return None


def describe_capabilities(e164: str) -> dict[str, bool]:
    """What a number can do; one that is not from the stock can do everything."""
    known = carrier_numbers.range_of(e164)
    return {name: known is None or name in known.capabilities for name in _CAPABILITIES}


def write_national(e164: str) -> str:
    """A number as people of its country write it."""
    parsed = phonenumbers.parse(e164)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _read_filters(fields: Fields) -> Callable[[str], bool]:
    """A test for numbers; raises `TwilioError`."""
    for name in _WITHOUT_DATA:
        if fields[name]:
            raise fields.refuse(name, "is not supported by this sandbox: its numbers have no places")
    wanted = {name: fields.read_switch(f"{name.capitalize()}Enabled", False) for name in _CAPABILITIES}
    area, pattern = fields["AreaCode"], fields["Contains"]
    if area and not (area.isascii() and area.isdigit()):
        raise fields.refuse("AreaCode", "must be digits")
    if pattern and not _PATTERN.fullmatch(pattern):
        raise fields.refuse("Contains", "must be 2 to 16 digits and *")
    # A star stands for one digit
    digits = re.compile(re.escape(pattern).replace(r"\*", "."))

    def fits(e164: str) -> bool:
        can = describe_capabilities(e164)
        return (
            all(can[name] for name, needed in wanted.items() if needed)
            # behind +1, as only North America has area codes
            and (not area or e164[2 : 2 + len(area)] == area)
            and bool(digits.search(e164))
        )

    return fits


def _list_kinds(country: str) -> list[Kind]:
    return sorted({block.kind for block in RANGES if block.country == country})


def _describe_country(sid: str, country: str) -> dict[str, Any]:
    base = f"/{VERSION}/Accounts/{sid}/AvailablePhoneNumbers/{country}"
    folders = {str(kind): folder for folder, kind in _FOLDERS.items()}
    return {
        "beta": False,
        "country": Locale("en").territories.get(country, country),
        "country_code": country,
        "subresource_uris": {str(kind): f"{base}/{folders[kind]}.json" for kind in _list_kinds(country)},
        "uri": f"{base}.json",
    }


def _describe_number(country: str, e164: str) -> dict[str, Any]:
    places = ("lata", "locality", "rate_center", "latitude", "longitude", "region", "postal_code")
    return {
        "friendly_name": write_national(e164),
        "phone_number": e164,
        "iso_country": country,
        "address_requirements": "none",
        "beta": False,
        "capabilities": describe_capabilities(e164),
        **dict.fromkeys(places),
    }


ROUTES = {
    rf"{_COUNTRIES}(\.json)?": {"GET": _list_countries},
    rf"{_COUNTRY}(\.json)?": {"GET": _fetch_country},
    rf"{_COUNTRY}/(?P<folder>{'|'.join(_FOLDERS)})(\.json)?": {"GET": _list_numbers},
}
