"""Numbers as the public pages show them."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import phonenumbers
from django.db.models import Case, DateTimeField, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberFormat

from inbox.pages import countries
from numbers.models import Event, Lease, Number
from numbers.models.number import KindChoices

SEEN = {
    "codes": ("code_at", _("one-time codes")),
    "short-codes": ("short_code_at", _("messages from short codes")),
    "names": ("name_at", _("messages from named senders")),
    "abroad": ("international_at", _("messages from abroad")),
}
"""What a number was seen to receive: the column of `Health`, and words."""

KINDS = {
    KindChoices.LOCAL: _("local number"),
    KindChoices.MOBILE: _("mobile number"),
    KindChoices.TOLL_FREE: _("toll-free number"),
    KindChoices.NATIONAL: _("national number"),
    KindChoices.SHORT_CODE: _("short code"),
}

CAPABILITIES = {"sms": "SMS", "mms": "MMS", "voice": _("calls")}
"""What a carrier promises for a number."""

FRESHEST = (
    Greatest("health__received_at", "last_message_at").desc(nulls_last=True),
    F("e164").asc(),
)
"""Sorts by the last message, see `card`; PostgreSQL's GREATEST passes over nulls."""

Card = dict[str, Any]
"""A number as the pages show it."""


def shown_numbers() -> QuerySet[Number]:
    """Return the numbers with a public page by country, the most recent activity first."""
    leases = Lease.objects.shown()
    return (
        Number.objects.with_public_page()
        .select_related("health")
        # Two queries for a list of any length, instead of one for each card
        .prefetch_related(Prefetch("leases", queryset=leases, to_attr="shown_leases"))
        .order_by("country", *FRESHEST)
    )


def past_numbers() -> QuerySet[Number]:
    """Return the numbers that no longer have a public page, the one that ended last first.

    `ended_at` is when the last lease left the pages, not when the number was given back days later. Of one whose page
    was taken down while it is still leased nothing says when, and it is None.
    """
    shown = Lease.objects.shown().filter(number=OuterRef("pk"))
    # From the timeline: `state_since` of a released lease is when it was given back, days after it left the
    # pages
    off_the_pages = Max("leases__events__at", filter=Q(leases__events__what=Event.What.QUARANTINED))
    ended = Max("leases__state_since", filter=Q(leases__state__in=Lease.ENDED))
    return (
        Number.objects.filter(~Exists(shown) | Q(public=False), ever_public=True, erased_key=None)
        .select_related("health")
        .annotate(
            ended_at=Case(
                When(Exists(shown), then=None),
                default=Coalesce(off_the_pages, ended),
                output_field=DateTimeField(),
            )
        )
        .order_by(F("ended_at").desc(nulls_last=True), "e164")
    )


def received(number: Number) -> list[tuple[str, datetime]]:
    """Return what a number was really seen to receive, in words, and when last."""
    if not hasattr(number, "health"):
        return []
    kinds = ((str(words), getattr(number.health, field)) for field, words in SEEN.values())
    return [(words, at) for words, at in kinds if at]


def card(number: Number, lease: Lease | None = None) -> Card:
    """A number as the pages show it.

    `heard_at` is when a message last came, one that is withheld among them: then `heard_unseen` is true.
    """
    shown: list[Lease] = [lease] if lease else getattr(number, "shown_leases", [])
    return {
        "e164": number.e164,
        "digits": number.digits,
        "international": _format_number(number.e164, PhoneNumberFormat.INTERNATIONAL),
        "national": _format_number(number.e164, PhoneNumberFormat.NATIONAL),
        "kind": number.kind,
        "kind_words": str(KINDS.get(KindChoices(number.kind), number.kind)),
        "capabilities": [str(words) for name, words in CAPABILITIES.items() if name in number.capabilities],
        "country": countries.country(number.country, get_language() or "en"),
        "draining": any(lease.state == Lease.State.DRAINING for lease in shown),
        **_find_last_message(number),
        "since": next((lease.leased_at for lease in shown if lease.leased_at), number.created_at),
        "received": received(number),
        "ended_at": getattr(number, "ended_at", None),
    }


def _find_last_message(number: Number) -> dict[str, Any]:
    """Return when its last message came, and whether that one is not on its page."""
    shown_at = number.last_message_at
    any_at = number.health.received_at if hasattr(number, "health") else None
    unseen = any_at is not None and (shown_at is None or shown_at < any_at)
    return {"heard_at": any_at if unseen else shown_at, "heard_unseen": unseen}


@lru_cache(maxsize=4096)
def _format_number(e164: str, form: int) -> str:
    """Format a number as people write it; one of an unknown numbering plan stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), form)
    except phonenumbers.NumberParseException:
        return e164
