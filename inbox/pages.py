"""The public pages: numbers by country, and one number's inbox."""

from itertools import groupby
from typing import Any, TypedDict

import phonenumbers
from django.conf import settings
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from phonenumbers import PhoneNumberFormat

from inbox import countries, reading
from inbox.live.frames import message_frame_content
from numbers.models import Canary, Health, Lease, Number

Card = dict[str, Any]
"""A number as the pages show it."""


class Group(TypedDict):
    """A country and the cards of its numbers."""

    country: countries.Country
    numbers: list[Card]


def shown_numbers() -> QuerySet[Number]:
    """Numbers that have a public page now: by country, the one heard from last first."""
    leases = Lease.objects.filter(state__in=Lease.SHOWN)
    return (
        Number.objects.filter(public=True, leases__state__in=Lease.SHOWN)
        .prefetch_related(Prefetch("leases", queryset=leases, to_attr="shown_leases"))
        .order_by("country", F("last_message_at").desc(nulls_last=True), "e164")
    )


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon when a page names none."""
    return redirect(static("favicon.svg"))


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """All public numbers, by country."""
    groups = [
        Group(country=countries.country(iso2), numbers=[_card(number) for number in numbers])
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
    context = {"country": found, "numbers": [_card(number) for number in numbers]}
    return render(request, "inbox/country.html", context, status=200 if found.known else 404)


@require_safe
@never_cache
def number(request: HttpRequest, digits: str) -> HttpResponse:
    """One inbox: the newest messages, and what the live socket needs to go on from there."""
    found = _with_proof().filter(e164=f"+{digits}", ever_public=True).first()
    if found is None:
        return render(request, "inbox/unknown.html", {"digits": digits}, status=404)
    lease = found.leases.filter(state__in=Lease.SHOWN).first() if found.public else None
    if lease is None:
        return render(request, "inbox/retired.html", {"number": _card(found)}, status=410)
    context = {
        "number": _card(found, lease),
        "lease": lease,
        "messages": reading.newest(found.pk, found.e164),
        "withheld": reading.withheld(found.pk),
        "page": reading.PAGE,
        "kept_for": found.retention or settings.MESSAGE_RETENTION,
        "code_life": settings.CODE_LIFE,
        "now": timezone.now(),
        "proof": _proof(found),
    }
    return render(request, "inbox/number.html", context)


@require_safe
@never_cache
def poll(request: HttpRequest, digits: str) -> JsonResponse:
    """What came after an id, as the socket's frames, oldest first; and the ids of all that the page shows now.

    It is the fallback of a page without a socket and the safety net of one with it: by `ids` a page drops what has
    been withheld or forgotten meanwhile, whether or not it was told.
    """
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        return JsonResponse({"error": "after must be a message id"}, status=400)
    found = shown_numbers().filter(e164=f"+{digits}").first()
    if found is None:
        return JsonResponse({"frames": [{"type": "retired", "id": 0}]}, status=410)
    newest = reading.newest(found.pk, found.e164)
    frames = [message_frame_content(message) for message in reading.since(newest, int(after))]
    return JsonResponse({"frames": frames, "ids": [message["id"] for message in newest]})


def _with_proof() -> QuerySet[Number]:
    """Numbers with what they were seen to receive, and when our own test message last arrived: one query."""
    arrived = Canary.objects.filter(number=OuterRef("pk"), state=Canary.State.SEEN).order_by("-sent_at")
    return Number.objects.select_related("health").annotate(canary_at=Subquery(arrived.values("seen_at")[:1]))


def _proof(number: Number) -> dict[str, Any]:
    """What a number was really seen to receive, and when a carrier blanked a message to it."""
    health = number.health if hasattr(number, "health") else Health()
    kinds = (
        ("one-time codes", health.code_at),
        ("messages from short codes", health.short_code_at),
        ("from names", health.name_at),
        ("from abroad", health.international_at),
    )
    received = [(words, at) for words, at in kinds if at]
    canary_at = getattr(number, "canary_at", None)
    return {"received": received, "filtered_at": health.filtered_at, "canary_at": canary_at}


def _card(number: Number, lease: Lease | None = None) -> Card:
    """A number as the pages show it."""
    shown: list[Lease] = [lease] if lease else getattr(number, "shown_leases", [])
    return {
        "e164": number.e164,
        "digits": number.digits,
        "international": _written(number.e164, PhoneNumberFormat.INTERNATIONAL),
        "national": _written(number.e164, PhoneNumberFormat.NATIONAL),
        "kind": number.kind,
        "kind_words": number.get_kind_display().lower(),
        "country": countries.country(number.country),
        "draining": any(lease.state == Lease.State.DRAINING for lease in shown),
        "last_message_at": number.last_message_at,
        "since": number.created_at,
    }


def _written(e164: str, form: int) -> str:
    """A number as people write it; one that no numbering plan knows as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), form)
    except phonenumbers.NumberParseException:
        return e164
