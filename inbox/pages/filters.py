"""What is asked of a list of numbers, by the form above it: a part of the numbers, in an order."""

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
class Asked:
    """The parameters of a list's address; empty is what nobody asked for."""

    q: str = ""
    kind: str = ""
    can: str = ""
    seen: str = ""
    pace: str = ""
    sort: str = ""

    def __bool__(self) -> bool:
        """Whether only some numbers are asked for."""
        return replace(self, sort="") != Asked()

    @property
    def query(self) -> str:
        """The same as a query string: `?kind=mobile`, or nothing."""
        said = {name: value for name, value in asdict(self).items() if value}
        return f"?{urlencode(said)}" if said else ""


def read(query: QueryDict) -> Asked:
    """What an address asks for; nonsense counts as nothing."""
    choices: dict[str, Any] = {
        "kind": KINDS,
        "can": CAPABILITIES,
        "seen": SEEN,
        "pace": pace.PACES,
        "sort": SORTS,
    }
    chosen = {name: query.get(name, "") for name in choices}
    return Asked(
        q=_digits(query.get("q", "")),
        **{name: value for name, value in chosen.items() if value in choices[name]},
    )


def narrowed(numbers: QuerySet[Number], asked: Asked) -> QuerySet[Number]:
    """The numbers that are asked for; they have `here_since`, by which they can be sorted."""
    numbers = numbers.annotate(here_since=Coalesce("leases__leased_at", "created_at"))
    if asked.q:
        numbers = numbers.filter(e164__contains=asked.q)
    if asked.kind:
        numbers = numbers.filter(kind=asked.kind)
    if asked.can:
        numbers = numbers.filter(capabilities__contains=[asked.can])
    if asked.seen:
        field, _ = SEEN[asked.seen]
        numbers = numbers.filter(**{f"health__{field}__isnull": False})
    return pace.only(asked.pace, numbers) if asked.pace else numbers


def order(asked: Asked) -> tuple[Any, ...]:
    """By what they are sorted: what was seen last stands first where that is asked for."""
    if asked.seen and not asked.sort:
        field, _ = SEEN[asked.seen]
        return F(f"health__{field}").desc(), *FRESHEST
    return SORTS[asked.sort][1]


def choices() -> dict[str, Any]:
    """What the form offers."""
    return {
        "kinds": KINDS.items(),
        "capabilities": CAPABILITIES.items(),
        "seen": [(name, words) for name, (_, words) in SEEN.items()],
        "paces": pace.PACES.items(),
        "sorts": [(name, words) for name, (words, _) in SORTS.items()],
    }


def _digits(text: str) -> str:
    """The digits to look for, of any script, without what is dialled only within a country or on the way out of it."""
    digits = "".join(
        str(unicodedata.decimal(character, "")) for character in re.sub(r"\(0\)", "", unquote(text)[:40])
    )[:_LONGEST]
    return digits and (digits.lstrip("0") or "0")
