"""The Numbers API over the simulated carrier's stock: https://developer.vonage.com/en/api/numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from inbox.capture.checks import is_address
from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.vonage.logins import find_by_secret
from inbox.sandbox import carrier_numbers
from inbox.sandbox.models import Project, ProjectNumber
from numbers.carriers.leasing import Kind

USUAL, MOST = 10, 100
BALANCE = 10.0
_TYPES = {"landline": Kind.LOCAL, "mobile-lvn": Kind.MOBILE, "landline-toll-free": Kind.TOLL_FREE}
_KINDS = {kind: name for name, kind in _TYPES.items()}
_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "0": lambda number, digits: number.startswith(digits),
    "1": lambda number, digits: digits in number,
    "2": lambda number, digits: number.endswith(digits),
}
_FAULTS = {
    Fault.NOT_FOUND: (404, "not found"),
    Fault.METHOD: (405, "method not allowed"),
    Fault.TOO_LARGE: (413, "the request is too large"),
    Fault.TOO_SLOW: (408, "the request is too slow"),
    Fault.UNREADABLE: (400, "bad request"),
    Fault.UNAUTHORIZED: (401, "authentication failed"),
    Fault.UNSTORABLE: (400, "bad request"),
    Fault.TOO_MANY: (429, "too many requests"),
    Fault.UNAVAILABLE: (503, "try again"),
}


class NumbersError(CarrierRefusal):
    """An error in the shape of the Numbers API."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(Reply(status, {"error-code": str(status), "error-code-label": text}), text)


def refuse_fault(fault: Fault, _: str) -> NumbersError:
    """The error for what can be wrong with any request."""
    return NumbersError(*_FAULTS[fault])


def search(request: CarrierRequest) -> Reply:
    """Numbers on sale; raises `NumbersError`."""
    project, fields = _find_project(request)
    country, wanted = fields.get("country", ""), fields.get("type", "")
    if not (len(country) == 2 and country.isalpha()) or wanted not in ("", *_TYPES):
        raise NumbersError(420, "country or type is not valid")
    kinds = [_TYPES[wanted]] if wanted else list(_KINDS)
    fits, features = _read_test(fields), _read_features(fields)
    found = [
        e164
        for kind in kinds
        for e164 in carrier_numbers.list_for_sale(project, "vonage", country.upper(), kind)
        if fits(e164) and features <= set(_describe_number(e164)["features"])
    ]
    start, size = _read_page(fields)
    numbers = [_describe_offer(e164) for e164 in found[start : start + size]]
    return Reply(200, {"count": len(found), "numbers": numbers} if found else {})


def list_owned(request: CarrierRequest) -> Reply:
    """The project's numbers; raises `NumbersError`."""
    project, fields = _find_project(request)
    fits, country = _read_test(fields), fields.get("country", "")
    found = [
        number
        for number in carrier_numbers.list_owned(project, "vonage").order_by("pk")
        if fits(number.e164) and (not country or _describe_number(number.e164)["country"] == country.upper())
    ]
    start, size = _read_page(fields)
    numbers = [_describe_owned(number) for number in found[start : start + size]]
    return Reply(200, {"count": len(found), "numbers": numbers} if found else {})


def buy(request: CarrierRequest) -> Reply:
    """Buy a number; raises `NumbersError`."""
    project, fields = _find_project(request)
    try:
        carrier_numbers.buy(project, "vonage", _read_number(fields))
    # a status of Vonage's own, for all that cannot be bought
    except carrier_numbers.NotForSale:
        raise NumbersError(420, "method failed") from None
    return _answer_success()


def cancel(request: CarrierRequest) -> Reply:
    """Give a number back; raises `NumbersError`."""
    project, fields = _find_project(request)
    carrier_numbers.release(_find_number(project, fields))
    return _answer_success()


def update(request: CarrierRequest) -> Reply:
    """Set where a number's messages go; what is not said is cleared, as at Vonage. Raises `NumbersError`."""
    project, fields = _find_project(request)
    number, url = _find_number(project, fields), fields.get("moHttpUrl", "")
    if url and not is_address(url):
        raise NumbersError(420, "moHttpUrl is not valid")
    kept = ("app_id", "voiceCallbackType", "voiceCallbackValue")
    number.inbound_url = url
    number.settings = {name: fields[name][:255] for name in kept if fields.get(name)}
    number.save(update_fields=["inbound_url", "settings"])
    return _answer_success()


def read_balance(request: CarrierRequest) -> Reply:
    """What is left on the account, which is always the same; raises `NumbersError`."""
    _find_project(request)
    return Reply(200, {"value": BALANCE, "autoReload": False})


def _answer_success() -> Reply:
    return Reply(200, {"error-code": "200", "error-code-label": "success"})


def _find_project(request: CarrierRequest) -> tuple[Project, dict[str, str]]:
    """The project and the parameters; raises `Unauthorized` and `Unreadable`."""
    found = {**request.query, **(request.form if request.method == "POST" else {})}
    fields = {name: values[-1].replace("\0", "") for name, values in found.items()}
    login = request.basic_login
    if not login[0]:
        login = fields.get("api_key", ""), fields.get("api_secret", "")
    return find_by_secret(request, *login), fields


def _read_number(fields: Mapping[str, str]) -> str:
    return f"+{fields.get('msisdn', '').removeprefix('+')}"


def _find_number(project: Project, fields: Mapping[str, str]) -> ProjectNumber:
    found = carrier_numbers.list_owned(project, "vonage").filter(e164=_read_number(fields)).first()
    if found is None:
        raise NumbersError(420, "method failed")
    return found


def _read_test(fields: Mapping[str, str]) -> Callable[[str], bool]:
    """A test for numbers by their digits; raises `NumbersError`."""
    pattern, how = fields.get("pattern", ""), fields.get("search_pattern", "0")
    if how not in _MATCHES:
        raise NumbersError(420, "search_pattern is not valid")
    digits = pattern.removeprefix("+").replace("*", "")
    return lambda e164: not digits or _MATCHES[how](e164[1:], digits)


def _read_features(fields: Mapping[str, str]) -> set[str]:
    return {name for name in fields.get("features", "").upper().split(",") if name}


def _read_page(fields: Mapping[str, str]) -> tuple[int, int]:
    """Where a page begins, and how many numbers it has; raises `NumbersError`."""
    size, index = fields.get("size", str(USUAL)), fields.get("index", "1")
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in (size, index)):
        raise NumbersError(420, "size or index is not valid")
    if not 1 <= int(size) <= MOST or int(index) < 1:
        raise NumbersError(420, "size or index is not valid")
    # Vonage counts pages from one
    return (int(index) - 1) * int(size), int(size)


def _describe_number(e164: str) -> dict[str, Any]:
    block = carrier_numbers.range_of(e164)
    return {
        "country": block.country if block else "US",
        "msisdn": e164.removeprefix("+"),
        "type": _KINDS.get(block.kind, "landline") if block else "landline",
        "features": sorted(name.upper() for name in block.capabilities) if block else ["SMS", "VOICE"],
    }


def _describe_offer(e164: str) -> dict[str, Any]:
    block = carrier_numbers.range_of(e164)
    assert block
    return {**_describe_number(e164), "cost": f"{block.offer(e164).monthly_cost:.2f}"}


def _describe_owned(number: ProjectNumber) -> dict[str, Any]:
    return {
        **_describe_number(number.e164),
        **number.settings,
        **({"moHttpUrl": number.inbound_url} if number.inbound_url else {}),
    }
