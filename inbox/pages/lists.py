"""The public lists: numbers of all countries or of one, and those that are past."""

import re
from typing import Any, TypedDict

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from inbox.pages import countries, filters, pasted_numbers, structured_data
from inbox.pages.caching import shared_briefly
from inbox.pages.cards import card, past_numbers, shown_numbers
from inbox.pages.filters import ListFilter
from inbox.pages.stock import next_change
from numbers.models import Number

PAGE = 48  # numbers of a page
FEW = 8  # countries that are shown at once; the others are folded away
PAST = 100  # lines of a page of past numbers

_LETTERS = re.compile(r"[A-Za-z]{2}")


class Stock(TypedDict):
    """A country, and how many of its numbers match."""

    country: countries.Country
    count: int


@require_safe
@shared_briefly
def index(request: HttpRequest) -> HttpResponse:
    """Render the numbers of all countries, page by page; `country` redirects to that country's page."""
    if found := pasted_numbers.searched(request):
        return found
    wanted = filters.read(request.GET)
    iso2 = request.GET.get("country", "")
    if _LETTERS.fullmatch(iso2):
        return redirect(reverse("country", args=[iso2.lower()]) + wanted.query)
    listed = _list_page(request, shown_numbers(), wanted)
    context = {
        **listed,
        **_count_stock(filters.narrowed(shown_numbers(), wanted)),
        "change": None if listed["numbers"] else next_change(),
        "linked": structured_data.first_page(listed["numbers"]),
    }
    return render(request, "inbox/index.html", context)


@require_safe
@shared_briefly
def country(request: HttpRequest, iso2: str) -> HttpResponse:
    """Render the public numbers of one country, page by page."""
    if page_of_number := pasted_numbers.searched(request):
        return page_of_number
    found = _get_country(iso2.upper())
    here = shown_numbers().filter(country=found.iso2) if found.known else Number.objects.none()
    listed = _list_page(request, here, filters.read(request.GET))
    context = {
        "country": found,
        **listed,
        **({} if listed["numbers"] else _count_stock(shown_numbers())),
        "linked": structured_data.country_page(found, listed["numbers"]),
        "change": None if listed["numbers"] else next_change(found.iso2),
    }
    return render(request, "inbox/country.html", context, status=200 if found.known else 404)


@require_safe
@shared_briefly
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


def _list_page(request: HttpRequest, numbers: QuerySet[Number], wanted: ListFilter) -> dict[str, Any]:
    """Return a page of the numbers that match, and what the form above it needs."""
    narrowed = filters.narrowed(numbers, wanted).order_by(*filters.order(wanted))
    page = Paginator(narrowed, PAGE).get_page(request.GET.get("page"))
    return {
        "numbers": [card(number) for number in page],
        "asked": wanted,
        "choices": filters.choices(),
        **_paginate(request, page, wanted.query),
    }


def _count_stock(numbers: QuerySet[Number]) -> dict[str, list[Stock]]:
    """Return the countries of some numbers, by name: those that have most of them, and the rest."""
    found = (
        # Without the list's order, which would become part of what is grouped by
        numbers.prefetch_related(None).order_by().values_list("country").annotate(Count("pk", distinct=True))
    )
    by_count = sorted(found, key=lambda entry: (-entry[1], entry[0]))
    shown = [Stock(country=_get_country(iso2), count=count) for iso2, count in by_count]
    # nothing is gained by folding two away
    few = len(shown) if len(shown) <= FEW + 2 else FEW
    by_name = [
        sorted(part, key=lambda entry: entry["country"].alphabetical) for part in (shown[:few], shown[few:])
    ]
    return {"stock": by_name[0], "more_stock": by_name[1]}


def _paginate(request: HttpRequest, page: Page[Any], query: str) -> dict[str, Any]:
    """Return the page and the links to its neighbours; each page has an address of its own."""

    def address(number: int) -> str:
        separator = "&" if query else "?"
        return request.path + query + (f"{separator}page={number}" if number > 1 else "")

    # Filtered lists name the whole list as canonical: search engines need no page for each filter
    own = "" if query else address(page.number).removeprefix(request.path)
    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
        "canonical": f"{settings.PUBLIC_URL}{request.path}{own}",
    }
