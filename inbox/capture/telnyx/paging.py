"""Pages of lists: `page[number]` and `page[size]`."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx.errors import refuse_value

USUAL, MOST = 20, 250
_Row = TypeVar("_Row", bound=Model)


def read_page(
    request: CarrierRequest,
    found: "QuerySet[_Row]",
    describe: Callable[[_Row], dict[str, Any]],
) -> dict[str, Any]:
    """The page that a request asks for; raises `TelnyxError`."""
    number, size = (
        read_count(request, "page[number]", 1, 10**6),
        read_count(request, "page[size]", USUAL, MOST),
    )
    total, start = found.count(), (number - 1) * size
    return {
        "data": [describe(record) for record in found[start : start + size]],
        "meta": {
            "page_number": number,
            "page_size": size,
            # rounded up
            "total_pages": -(-total // size),
            "total_results": total,
        },
    }


def read_count(request: CarrierRequest, name: str, usual: int, most: int) -> int:
    """A number of the query, from 1 on; raises `TelnyxError`."""
    text = request.query.get(name, [""])[0]
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:8]) <= most):
        raise refuse_value(f"/{name}", f"The parameter {name!r} must be a number from 1 to {most}.")
    return int(text[:8])
