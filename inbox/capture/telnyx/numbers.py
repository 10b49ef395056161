"""Numbers: what is on sale, orders, and those that a project has, all from the simulated carrier's stock.

https://developers.telnyx.com/api-reference/phone-number-search, /phone-number-orders, /phone-number-configurations
"""

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from inbox.capture.replies import Fault
from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx.errors import TelnyxError, refuse_fault, refuse_missing, refuse_value
from inbox.capture.telnyx.fields import Fields
from inbox.capture.telnyx.paging import read_count, read_page
from inbox.sandbox import carrier_numbers
from inbox.sandbox.models import Project, ProjectNumber
from inbox.sandbox.played.telnyx import write_time
from numbers.carriers.leasing import Kind

USUAL, MOST = 100, 250
MOST_ORDERED = 100
LONGEST_KEY = 255
_KINDS = {kind.value: kind for kind in (Kind.LOCAL, Kind.MOBILE, Kind.NATIONAL, Kind.TOLL_FREE)}
_COUNTRY = re.compile(r"[A-Z]{2}")
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda number, digits: digits in number,
    "starts_with": lambda number, digits: number.startswith(digits),
    "ends_with": lambda number, digits: number.endswith(digits),
}


def search(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Numbers on sale; raises `TelnyxError`. Filters by places are overlooked: the stock has none."""
    country = _read_filter(request, "country_code") or "US"
    kind = _KINDS.get(_read_filter(request, "phone_number_type") or "local")
    if not _COUNTRY.fullmatch(country) or kind is None:
        raise refuse_value("/filter", "The filter's country code or type of number is not valid.")
    limit = read_count(request, "filter[limit]", USUAL, MOST)
    stock = carrier_numbers.list_for_sale(project, "telnyx", country, kind)
    found = list(islice(filter(_read_test(request), stock), limit))
    return {
        "data": [_describe_offer(country, e164) for e164 in found],
        "meta": {"total_results": len(found), "best_effort_results": 0},
    }


def list_owned(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of the project's numbers; raises `TelnyxError`."""
    found = carrier_numbers.list_owned(project, "telnyx").order_by("pk")
    if e164 := _read_filter(request, "phone_number"):
        found = found.filter(e164="+" + e164.strip().removeprefix("+"))
    return read_page(request, found, describe)


def fetch(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A number; raises `TelnyxError` where there is none."""
    return describe(_find_number(request, project))


def delete(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Give a number back, and return what it was; raises `TelnyxError`."""
    number = _find_number(request, project)
    found = describe(number) | {"status": "deleted"}
    carrier_numbers.release(number)
    return found


def configure(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Put a number into a messaging profile; raises `TelnyxError`."""
    number = _find_number(request, project)
    profile = Fields(request.json).text("messaging_profile_id")
    _change_settings(number, messaging_profile_id=_check_profile(project, profile))
    return {**describe(number), "record_type": "messaging_settings"}


@transaction.atomic
def order(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Buy numbers, all or none; raises `TelnyxError`. Orders are complete at once."""
    fields = Fields(request.json)
    wanted = fields.values.get("phone_numbers")
    if not wanted:
        raise refuse_missing("phone_numbers")
    is_list = isinstance(wanted, list) and len(wanted) <= MOST_ORDERED
    if not is_list or not all(isinstance(one, dict) for one in wanted):
        raise refuse_value(
            "/phone_numbers", f"'phone_numbers' must be a list of at most {MOST_ORDERED} objects."
        )
    key = fields.text("customer_reference")
    if len(key) > LONGEST_KEY:
        raise refuse_value("/customer_reference", "The 'customer_reference' is too long.")
    profile = _check_profile(project, fields.text("messaging_profile_id"))
    settings = {
        "order": str(uuid.uuid4()),
        "customer_reference": key or None,
        "messaging_profile_id": profile,
    }
    bought = [_buy_number(project, Fields(one).text("phone_number")) for one in wanted]
    for number in bought:
        _change_settings(number, **settings)
    return _describe_order(bought)


def fetch_order(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """An order by what is left of its numbers; raises `TelnyxError` where nothing is."""
    bought = list(_bought_by(project).filter(settings__order=request.parts["ref"]).order_by("pk"))
    if not bought:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return _describe_order(bought)


def list_orders(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """The newest orders, on one page; raises `TelnyxError`."""
    bought = _bought_by(project).filter(settings__has_key="order").order_by("-pk")
    if key := _read_filter(request, "customer_reference"):
        bought = bought.filter(settings__customer_reference=key)
    # Orders have no rows of their own: they are what their numbers say
    orders: dict[str, list[ProjectNumber]] = {}
    for number in bought[:MOST]:
        orders.setdefault(number.settings["order"], []).append(number)
    meta = {"page_number": 1, "page_size": MOST, "total_pages": 1, "total_results": len(orders)}
    return {"data": [_describe_order(one) for one in orders.values()], "meta": meta}


def read_balance(_: CarrierRequest, __: Project) -> dict[str, Any]:
    """What is left on the account, which is always the same."""
    amounts = dict.fromkeys(("balance", "available_credit", "pending"), "10.00")
    return {**amounts, "credit_limit": "0.00", "currency": "USD", "record_type": "balance"}


def describe(number: ProjectNumber) -> dict[str, Any]:
    """A number as Telnyx describes it."""
    block = carrier_numbers.range_of(number.e164)
    return {
        "connection_id": None,
        "country_iso_alpha2": block.country if block else None,
        "created_at": write_time(number.created_at),
        "customer_reference": number.settings.get("customer_reference"),
        "id": number.ref,
        "messaging_profile_id": number.settings.get("messaging_profile_id"),
        "phone_number": number.e164,
        "phone_number_type": block.kind.value if block else "local",
        "record_type": "phone_number",
        "status": "active",
        "tags": [],
        "updated_at": write_time(number.updated_at),
    }


def _describe_offer(country: str, e164: str) -> dict[str, Any]:
    block = carrier_numbers.range_of(e164)
    assert block
    offer = block.offer(e164)
    return {
        "best_effort": False,
        "cost_information": {
            "currency": offer.currency,
            "monthly_cost": f"{offer.monthly_cost:.5f}",
            "upfront_cost": f"{offer.setup_cost:.5f}",
        },
        "features": [{"name": name} for name in sorted(block.capabilities)],
        "phone_number": e164,
        "quickship": True,
        "record_type": "available_phone_number",
        "region_information": [{"region_type": "country_code", "region_name": country}],
        "reservable": False,
        "vanity_format": None,
    }


def _describe_order(bought: list[ProjectNumber]) -> dict[str, Any]:
    settings, at = bought[0].settings, write_time(bought[0].created_at)
    return {
        "connection_id": None,
        "created_at": at,
        "customer_reference": settings["customer_reference"],
        "id": settings["order"],
        "messaging_profile_id": settings["messaging_profile_id"],
        "phone_numbers": [
            {
                # an order's line has an id of its own, and the same one each time
                "id": str(uuid.uuid5(uuid.NAMESPACE_OID, number.ref)),
                "phone_number": number.e164,
                "record_type": "number_order_phone_number",
                "requirements_met": True,
                "status": "success",
            }
            for number in bought
        ],
        "phone_numbers_count": len(bought),
        "record_type": "number_order",
        "requirements_met": True,
        "status": "success",
        "updated_at": at,
    }


def _buy_number(project: Project, e164: str) -> ProjectNumber:
    try:
        return carrier_numbers.buy(project, "telnyx", e164)
    except carrier_numbers.NotForSale:
        text = f"The number {e164[:40]} is not available."
        raise TelnyxError(422, "10015", "Bad Request", text, "/phone_numbers") from None


def _bought_by(project: Project) -> Any:
    return project.carrier_numbers.filter(carrier="telnyx", bought=True)


def _find_number(request: CarrierRequest, project: Project) -> ProjectNumber:
    found = carrier_numbers.list_owned(project, "telnyx").filter(ref=request.parts["ref"]).first()
    if found is None:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return found


def _change_settings(number: ProjectNumber, **values: Any) -> None:
    number.settings = {**number.settings, **values}
    number.updated_at = datetime.now(number.created_at.tzinfo)
    number.save(update_fields=["settings", "updated_at"])


def _check_profile(project: Project, ref: str) -> str | None:
    if ref and not project.services.filter(carrier="telnyx", ref=ref[:64]).exists():
        raise refuse_value("/messaging_profile_id", "The messaging profile does not exist.")
    return ref or None


def _read_test(request: CarrierRequest) -> Callable[[str], bool]:
    """A test for numbers on sale; raises `TelnyxError`."""
    # Lists are written with brackets behind their name, and without
    wanted = {*request.query.get("filter[features][]", []), *request.query.get("filter[features]", [])}
    area = _read_filter(request, "national_destination_code")
    # These make names such as filter[phone_number][contains]
    parts = {how: _read_filter(request, f"phone_number][{how}") for how in _MATCHES}
    if not all(text.isdigit() for text in (area, *parts.values()) if text):
        raise refuse_value("/filter", "A filter by number must be digits.")

    def fits(e164: str) -> bool:
        block = carrier_numbers.range_of(e164)
        national = e164.removeprefix("+1")
        return (
            block is not None
            and wanted <= block.capabilities
            and (not area or national.startswith(area))
            and all(match(national, parts[how]) for how, match in _MATCHES.items() if parts[how])
        )

    return fits


def _read_filter(request: CarrierRequest, name: str) -> str:
    return request.query.get(f"filter[{name}]", [""])[0].replace("\0", "")
