"""Pages of lists: a cursor stands for the last row of a page, so that rows that come and go move nothing."""

import base64
import binascii
from typing import Annotated, TypeVar

from django.db.models import Model, QuerySet
from pydantic import Field

from inbox.api.problems import Problem, invalid
from inbox.api.schemas import Filter

Row = TypeVar("Row", bound=Model)
Limit = Annotated[int, Field(ge=1, le=100, description="Maximum number of rows")]
Cursor = Annotated[
    str | None, Field(max_length=40, description="`next_cursor` of the previous page", examples=["MTc"])
]
DEFAULT_LIMIT = 50


class PageFilter(Filter):
    """The parameters of a list."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


def page(
    rows: QuerySet[Row], cursor: str | None, limit: int, *, newest_first: bool = False
) -> tuple[list[Row], str | None]:
    """A page of rows in order of their ids, and the cursor of the next one; raises `Problem`."""
    if cursor is not None:
        last = _read_cursor(cursor)
        rows = rows.filter(pk__lt=last) if newest_first else rows.filter(pk__gt=last)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], write_cursor(found[limit - 1].pk)


def write_cursor(pk: int) -> str:
    """The cursor of a row."""
    return base64.urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> int:
    try:
        pk = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _refuse_cursor() from None
    if not (pk.isdigit() and len(pk) <= 18):
        raise _refuse_cursor()
    return int(pk)


def _refuse_cursor() -> Problem:
    return invalid("cursor", "is not a cursor of this list", "query")
