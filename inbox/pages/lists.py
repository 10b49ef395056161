"""The public lists: numbers by country, some of each."""

import re
from datetime import datetime
from itertools import groupby
from typing import Any, TypedDict

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox.pages import countries, filters, pasted_numbers, structured_data
from inbox.pages.cards import Card, card, cards, past_numbers, shown_numbers
from inbox.pages.filters import Asked
from inbox.pages.stock import next_change
from numbers.models import Number

AT_MOST = 40  # cards on the first page, as long as no country goes without
OF_EACH = 6  # of a country, at most
PAGE = 48  # cards of a country's page
PAST = 100  # lines of a page of past numbers

_LETTERS = re.compile(r"[A-Za-z]{2}")


class Stock(TypedDict):
    """A country, how many numbers it has now, and its last activity."""

    country: countries.Country
    count: int
    proof_at: datetime | None


class Group(TypedDict):
    """A country, how many of its numbers match, and the cards of the first ones."""

    country: countries.Country
    count: int
    numbers: list[Card]


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Render all countries and the first numbers of each; `country` redirects to that country's page."""
    if found := pasted_numbers.searched(request):
        return found
    wanted = filters.read(request.GET)
    iso2 = request.GET.get("country", "")
    if _LETTERS.fullmatch(iso2):
        return redirect(reverse("country", args=[iso2.lower()]) + wanted.query)
    stock = _count_stock()
    groups = _group_by_country(wanted, len(stock))
    context = {
        "stock": stock,
        "groups": groups,
        "change": None if groups else next_change(),
        "linked": structured_data.first_page(shown for group in groups for shown in group["numbers"]),
        "count": sum(group["count"] for group in groups),
        "asked": wanted,
        "choices": filters.choices(),
    }
    return render(request, "inbox/index.html", context)


@require_safe
@never_cache
def country(request: HttpRequest, iso2: str) -> HttpResponse:
    """Render the public numbers of one country, page by page."""
    if page_of_number := pasted_numbers.searched(request):
        return page_of_number
    found = _get_country(iso2.upper())
    wanted = filters.read(request.GET)
    here = shown_numbers().filter(country=found.iso2) if found.known else Number.objects.none()
    numbers = filters.narrowed(here, wanted).order_by(*filters.order(wanted))
    page = Paginator(numbers, PAGE).get_page(request.GET.get("page"))
    shown = cards(list(page))
    context = {
        "country": found,
        "numbers": shown,
        "linked": structured_data.country_page(found, shown),
        "change": None if shown else next_change(found.iso2),
        "stock": _count_stock(),
        "asked": wanted,
        "choices": filters.choices(),
        **_paginate(request, page, wanted.query),
    }
    return render(request, "inbox/country.html", context, status=200 if found.known else 404)


@require_safe
@never_cache
def past(request: HttpRequest) -> HttpResponse:
    """Render numbers that were public once and may belong to somebody else now; `country` selects one country."""
    iso2 = request.GET.get("country", "")
    found = _get_country(iso2.upper()) if _LETTERS.fullmatch(iso2) else None
    numbers = past_numbers().filter(country=found.iso2) if found else past_numbers()
    page = Paginator(numbers, PAST).get_page(request.GET.get("page"))
    context = {
        "numbers": [card(number) for number in page],
        "country": found,
        **_paginate(request, page, f"?country={found.slug}" if found else ""),
    }
    return render(request, "inbox/past.html", context)


def _get_country(iso2: str) -> countries.Country:
    return countries.country(iso2, get_language() or "en")


def _count_stock() -> list[Stock]:
    """Return the countries that have numbers now, by name."""
    found = (
        shown_numbers()
        .prefetch_related(None)
        .order_by()
        .values_list("country")
        .annotate(Count("pk"), Max("health__received_at"))
    )
    stock = [Stock(country=_get_country(iso2), count=count, proof_at=at) for iso2, count, at in found]
    return sorted(stock, key=lambda entry: entry["country"].alphabetical)


def _group_by_country(wanted: Asked, of: int) -> list[Group]:
    """Group the first matching numbers by country: some of each of a limited number of countries."""
    few = max(1, min(OF_EACH, AT_MOST // max(1, of)))
    of_country = F("country")
    numbers = (
        filters.narrowed(shown_numbers(), wanted)
        .annotate(
            place=Window(RowNumber(), partition_by=of_country, order_by=filters.order(wanted)),
            together=Window(Count("pk"), partition_by=of_country),
        )
        .filter(place__lte=few)
        .order_by("country", "place")
    )
    found = list(numbers)
    counts = {number.country: number.together for number in found}
    groups = [
        Group(country=of, count=counts[of.iso2], numbers=list(several))
        for of, several in groupby(cards(found), key=lambda shown: shown["country"])
    ]
    return sorted(groups, key=lambda group: group["country"].alphabetical)


def _paginate(request: HttpRequest, page: Page[Any], query: str) -> dict[str, Any]:
    """Return the page and the links to its neighbours; each page has an address of its own."""

    def address(number: int) -> str:
        separator = "&" if query else "?"
        return request.path + query + (f"{separator}page={number}" if number > 1 else "")

    own = "" if query else address(page.number).removeprefix(request.path)
    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
        "canonical": f"{settings.PUBLIC_URL}{request.path}{own}",
    }
