"""Numbers that have no page: what became of them, and which ones to take instead."""

import phonenumbers
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from inbox.moderation import reports
from inbox.pages.cards import FRESHEST, Card, card, cards, past_numbers, shown_numbers
from numbers.models import Number

INSTEAD = 6  # numbers that are offered
_SLIP = 2  # last digits that may be mistyped
_ENOUGH = 6  # digits that tell a number from most others


def retired(request: HttpRequest, number: Number) -> HttpResponse:
    """410: a number that was public once."""
    past = past_numbers().filter(pk=number.pk).first()
    context = {
        "number": card(past or number),
        "taken_down": reports.taken_down(number),
        "instead": _instead(number.country),
    }
    return render(request, "inbox/retired.html", context, status=410)


def unknown(request: HttpRequest, digits: str) -> HttpResponse:
    """404: digits that are no number of ours, perhaps by a slip."""
    context = {"digits": digits, "instead": _similar(digits) or _instead(_country(digits))}
    return render(request, "inbox/unknown.html", context, status=404)


def _instead(iso2: str) -> list[Card]:
    """The freshest numbers of a country; where it has none, of all."""
    return _first(shown_numbers().filter(country=iso2)) or _first(shown_numbers())


def _similar(digits: str) -> list[Card]:
    """Numbers that may have been meant: written as within their country, or with a slip at the end."""
    if len(digits) < _ENOUGH:
        return []
    meant = Q(e164__endswith=digits.lstrip("0")) | Q(e164__startswith=f"+{digits[:-_SLIP]}")
    return _first(shown_numbers().filter(meant))


def _first(numbers: QuerySet[Number]) -> list[Card]:
    return cards(list(numbers.order_by(*FRESHEST)[:INSTEAD]))


def _country(digits: str) -> str:
    """The country whose numbers begin so; nothing where no numbering plan knows."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    main = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.region_code_for_number(number) or main
