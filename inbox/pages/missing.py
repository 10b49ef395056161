"""Pages of numbers without a public page: what became of them, and which ones to use instead."""

import phonenumbers
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from inbox.moderation import reports
from inbox.pages.cards import FRESHEST, Card, card, past_numbers, shown_numbers
from numbers.models import Number

INSTEAD = 6  # numbers that are offered
_SLIP = 2  # last digits that may be mistyped
_ENOUGH = 6  # digits that distinguish a number from most others


def retired(request: HttpRequest, number: Number) -> HttpResponse:
    """Answer 410 for a number that was public once."""
    past = past_numbers().filter(pk=number.pk).first()
    context = {
        "number": card(past or number),
        "taken_down": reports.taken_down(number),
        "instead": _suggest_instead(number.country),
    }
    return render(request, "inbox/retired.html", context, status=410)


def unknown(request: HttpRequest, digits: str) -> HttpResponse:
    """Answer 404 for digits that are not one of our numbers, perhaps because of a typo."""
    context = {"digits": digits, "instead": _find_similar(digits) or _suggest_instead(_country_of(digits))}
    return render(request, "inbox/unknown.html", context, status=404)


def _suggest_instead(iso2: str) -> list[Card]:
    """Return the freshest numbers of a country; if it has none, of all countries."""
    return _first_cards(shown_numbers().filter(country=iso2)) or _first_cards(shown_numbers())


def _find_similar(digits: str) -> list[Card]:
    """Find numbers that may have been meant: in national form, or with a typo at the end."""
    if len(digits) < _ENOUGH:
        return []
    meant = Q(e164__endswith=digits.lstrip("0")) | Q(e164__startswith=f"+{digits[:-_SLIP]}")
    return _first_cards(shown_numbers().filter(meant))


def _first_cards(numbers: QuerySet[Number]) -> list[Card]:
    return [card(number) for number in numbers.order_by(*FRESHEST)[:INSTEAD]]


def _country_of(digits: str) -> str:
    """Return the country whose numbers begin with these digits, if any."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    main = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.region_code_for_number(number) or main
