"""The public lists: numbers by country."""

from itertools import groupby
from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox import countries
from inbox.pages.cards import Card, card, shown_numbers


class Group(TypedDict):
    """A country and the cards of its numbers."""

    country: countries.Country
    numbers: list[Card]


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """All public numbers, by country."""
    groups = [
        Group(country=countries.country(iso2), numbers=[card(number) for number in numbers])
        for iso2, numbers in groupby(shown_numbers(), key=lambda number: number.country)
    ]
    groups.sort(key=lambda group: group["country"].name)
    return render(request, "inbox/index.html", {"groups": groups})


@require_safe
@never_cache
def country(request: HttpRequest, iso2: str) -> HttpResponse:
    """The public numbers of one country."""
    found = countries.country(iso2.upper())
    numbers = shown_numbers().filter(country=found.iso2) if found.known else []
    context = {"country": found, "numbers": [card(number) for number in numbers]}
    return render(request, "inbox/country.html", context, status=200 if found.known else 404)
