"""Numbers as the public pages show them."""

from typing import Any

import phonenumbers
from django.db.models import F, Prefetch, QuerySet
from phonenumbers import PhoneNumberFormat

from inbox import countries
from numbers.models import Lease, Number

Card = dict[str, Any]
"""A number as the pages show it."""


def shown_numbers() -> QuerySet[Number]:
    """Numbers that have a public page now: by country, the one heard from last first."""
    leases = Lease.objects.filter(state__in=Lease.SHOWN)
    return (
        Number.objects.filter(public=True, leases__state__in=Lease.SHOWN)
        .prefetch_related(Prefetch("leases", queryset=leases, to_attr="shown_leases"))
        .order_by("country", F("last_message_at").desc(nulls_last=True), "e164")
    )


def card(number: Number, lease: Lease | None = None) -> Card:
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
