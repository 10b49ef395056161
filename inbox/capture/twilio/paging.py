"""Pages of lists: `PageSize`, `Page` and `PageToken`, and how the versions of Twilio's API describe a page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet

from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import refuse

USUAL, MOST = 50, 1000
_TOKEN = re.compile(r"PA([0-9a-f]{1,15})")
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Rows of a list, newest first, and whether there are `more`; `query` is what was asked, without the page."""

    rows: list[_Row]
    number: int
    size: int
    more: bool
    query: Mapping[str, str]

    def write_address(self, base: str, number: int, **token: str) -> str:
        """The address of one of the list's pages."""
        return f"{base}?{urlencode({**self.query, 'PageSize': self.size, 'Page': number, **token})}"

    def write_next(self, base: str) -> str | None:
        """The address of the next page, if there is one."""
        if not self.more:
            return None
        return self.write_address(base, self.number + 1, PageToken=f"PA{self.rows[-1].pk:x}")


def read_page(request: CarrierRequest, found: "QuerySet[_Row]") -> Page[_Row]:
    """The page of a list that a request asks for; raises `TwilioError`."""
    query = {name: values[0] for name, values in request.query.items()}
    size = read_count(query, "PageSize", USUAL, 1, MOST)
    number = read_count(query, "Page", 0, 0, 10**6)
    if token := query.get("PageToken"):
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise refuse(20001, "The PageToken is not valid")
        # By the row before, not by how many: what comes meanwhile moves nothing
        found = found.filter(pk__lt=int(match[1], 16))
    rows = list(found.order_by("-pk")[: size + 1])
    asked = {name: text for name, text in query.items() if name not in ("Page", "PageSize", "PageToken")}
    return Page(rows[:size], number, size, len(rows) > size, asked)


def read_count(query: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    """A parameter that is a whole number within bounds; raises `TwilioError`."""
    text = query.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text[:8]) <= most):
        raise refuse(20001, f"{name} must be a number from {least} to {most}")
    return int(text[:8])


def describe_page(page: Page[Any], uri: str, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A page as the API of 2010 describes it, with addresses that have no host."""
    start = page.number * page.size
    return {
        key: items,
        "page": page.number,
        "page_size": page.size,
        "start": start,
        "end": start + max(len(items) - 1, 0),
        "uri": page.write_address(uri, page.number),
        "first_page_uri": page.write_address(uri, 0),
        "previous_page_uri": None,
        "next_page_uri": page.write_next(uri),
    }


def describe_meta_page(page: Page[Any], url: str, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A page as the other APIs describe it, with whole addresses: the SDK replaces their host as in any request."""
    return {
        key: items,
        "meta": {
            "key": key,
            "page": page.number,
            "page_size": page.size,
            "url": page.write_address(url, page.number),
            "first_page_url": page.write_address(url, 0),
            "previous_page_url": None,
            "next_page_url": page.write_next(url),
        },
    }
