"""The public lists: numbers by country."""

from itertools import groupby
from typing import Any, TypedDict

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox import countries
from inbox.pages.cards import KINDS, SEEN, Card, card, past_numbers, shown_numbers
from numbers.models import Number

PAST = 500


class Group(TypedDict):
    """A country and the cards of its numbers."""

    country: countries.Country
    numbers: list[Card]


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """All public numbers, by country."""
    numbers, asked = _narrowed(request, shown_numbers())
    groups = [
        Group(
            country=countries.country(iso2, get_language() or "en"),
            numbers=[card(number) for number in found],
        )
        for iso2, found in groupby(numbers, key=lambda number: number.country)
    ]
    groups.sort(key=lambda group: group["country"].name)
    return render(request, "inbox/index.html", {"groups": groups, **_choices(asked)})


@require_safe
@never_cache
def past(request: HttpRequest) -> HttpResponse:
    """Numbers that were public once: they may belong to somebody else now."""
    numbers = [card(number) for number in past_numbers()[:PAST]]
    return render(request, "inbox/past.html", {"numbers": numbers, "most": PAST})


@require_safe
@never_cache
def country(request: HttpRequest, iso2: str) -> HttpResponse:
    """The public numbers of one country."""
    found = countries.country(iso2.upper(), get_language() or "en")
    here = shown_numbers().filter(country=found.iso2) if found.known else Number.objects.none()
    numbers, asked = _narrowed(request, here)
    context = {"country": found, "numbers": [card(number) for number in numbers], **_choices(asked)}
    return render(request, "inbox/country.html", context, status=200 if found.known else 404)


def _narrowed(request: HttpRequest, numbers: QuerySet[Number]) -> tuple[QuerySet[Number], dict[str, str]]:
    """The numbers that `q` (digits), `kind` and `seen` ask for, and what was asked; nonsense counts as nothing."""
    asked = {
        "q": "".join(filter(str.isdigit, request.GET.get("q", "")))[:15],
        "kind": request.GET.get("kind", "") if request.GET.get("kind") in KINDS else "",
        "seen": request.GET.get("seen", "") if request.GET.get("seen") in SEEN else "",
    }
    if asked["q"]:
        numbers = numbers.filter(e164__contains=asked["q"].lstrip("0") or "0")
    if asked["kind"]:
        numbers = numbers.filter(kind=asked["kind"])
    if asked["seen"]:
        field, _ = SEEN[asked["seen"]]
        numbers = numbers.filter(**{f"health__{field}__isnull": False}).order_by(
            "country", f"-health__{field}"
        )
    return numbers, asked


def _choices(asked: dict[str, str]) -> dict[str, Any]:
    """What the form of a list offers, and what was chosen."""
    return {
        "asked": asked if any(asked.values()) else None,
        "kinds": KINDS.items(),
        "seen": [(name, words) for name, (_, words) in SEEN.items()],
    }
