"""Filters of a list of numbers, and its order, as the form above it offers them."""

import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inbox.pages import pace
from inbox.pages.cards import CAPABILITIES, FRESHEST, KINDS, SEEN
from numbers.models import Number

_LONGEST = 15  # digits of E.164

SORTS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "": (_("most recent activity"), FRESHEST),
    "newest": (_("most recently added"), (F("here_since").desc(), F("e164").asc())),
    "number": (_("phone number"), (F("e164").asc(),)),
}


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The parameters of a list's address; those that were not given are empty."""

    q: str = ""
    kind: str = ""
    can: str = ""
    seen: str = ""
    pace: str = ""
    sort: str = ""

    def __bool__(self) -> bool:
        """Whether it selects only some numbers."""
        return replace(self, sort="") != ListFilter()

    @property
    def query(self) -> str:
        """The filter as a query string: `?kind=mobile`, or nothing."""
        given = {name: value for name, value in asdict(self).items() if value}
        return f"?{urlencode(given)}" if given else ""


def read(query: QueryDict) -> ListFilter:
    """Read the filter from an address; invalid values are ignored."""
    choices: dict[str, Any] = {
        "kind": KINDS,
        "can": CAPABILITIES,
        "seen": SEEN,
        "pace": pace.PACES,
        "sort": SORTS,
    }
    chosen = {name: query.get(name, "") for name in choices}
    return ListFilter(
        q=_read_digits(query.get("q", "")),
        **{name: value for name, value in chosen.items() if value in choices[name]},
    )


def narrowed(numbers: QuerySet[Number], wanted: ListFilter) -> QuerySet[Number]:
    """Return the numbers that match, annotated with `here_since`, by which they can be sorted."""
    numbers = numbers.annotate(here_since=Coalesce("leases__leased_at", "created_at"))
    if wanted.q:
        numbers = numbers.filter(e164__contains=wanted.q)
    if wanted.kind:
        numbers = numbers.filter(kind=wanted.kind)
    if wanted.can:
        numbers = numbers.filter(capabilities__contains=[wanted.can])
    if wanted.seen:
        field, _ = SEEN[wanted.seen]
        numbers = numbers.filter(**{f"health__{field}__isnull": False})
    return pace.only(wanted.pace, numbers) if wanted.pace else numbers


def order(wanted: ListFilter) -> tuple[Any, ...]:
    """Return the order: the most recently seen first, if that is selected."""
    if wanted.seen and not wanted.sort:
        field, _ = SEEN[wanted.seen]
        return F(f"health__{field}").desc(), *FRESHEST
    return SORTS[wanted.sort][1]


def choices() -> dict[str, Any]:
    """Return the choices of the form."""
    return {
        "kinds": KINDS.items(),
        "capabilities": CAPABILITIES.items(),
        "seen": [(name, words) for name, (_, words) in SEEN.items()],
        "paces": pace.PACES.items(),
        "sorts": [(name, words) for name, (words, _) in SORTS.items()],
    }


def _read_digits(text: str) -> str:
    """Return the digits to search for, of any script, without trunk and international prefixes."""
    digits = "".join(
        str(unicodedata.decimal(character, "")) for character in re.sub(r"\(0\)", "", unquote(text)[:40])
    )[:_LONGEST]
    # Leading zeros are a trunk prefix (07700) or 00 for the plus; neither is in E.164
    return digits and (digits.lstrip("0") or "0")
