"""Records from traffic what each number really receives, judged by the senders of its messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import phonenumbers
from django.db import connection
from django.db.models import Count, Q

from numbers.models import Health, Number

_FIELDS = [
    field.name for field in Health._meta.fields if field.name.endswith("_at")
]  # each holds the time of the newest message of its kind
_SHORT = 6  # digits of the longest short code

_NOTE = f"""
INSERT INTO numbers_health (number_id, {", ".join(_FIELDS)})
SELECT * FROM unnest(%s::bigint[], {", ".join("%s::timestamptz[]" for _ in _FIELDS)})
ON CONFLICT (number_id) DO UPDATE SET
    {", ".join(f"{name} = greatest(numbers_health.{name}, excluded.{name})" for name in _FIELDS)}
"""  # noqa: S608  (names of our own columns)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message that a carrier delivered to a number."""

    number_id: int
    e164: str
    sender: str
    at: datetime
    code: bool = False
    filtered: bool = False


def store_sightings(sightings: Iterable[Sighting]) -> None:
    """Store the newest time of each kind of message; repeating a call changes nothing."""
    newest: dict[int, dict[str, datetime]] = {}
    for seen in sightings:
        times = newest.setdefault(seen.number_id, {})
        for name in _list_kinds(seen):
            times[name] = max(times.get(name, seen.at), seen.at)
    if newest:
        ids = sorted(newest)  # a fixed order, so that two workers cannot deadlock
        columns = [[newest[number_id].get(name) for number_id in ids] for name in _FIELDS]
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [ids, *columns])


def describe_experience(carrier: str, country: str, kind: str) -> str:
    """What a carrier's numbers of a kind have received so far, for an operator who may lease another."""

    def ever(field: str) -> Count:
        return Count("pk", distinct=True, filter=Q(**{f"health__{field}__isnull": False}))

    such = Number.objects.filter(country=country, kind=kind, leases__account__carrier=carrier)
    seen = such.aggregate(
        all=Count("pk", distinct=True),
        codes=ever("code_at"),
        short=ever("short_code_at"),
        abroad=ever("international_at"),
        filtered=ever("filtered_at"),
    )
    if not seen["all"]:
        return "no experience with such numbers yet"
    kinds = (
        "{codes} received codes, {short} messages from short codes, {abroad} messages from abroad, "
        "{filtered} messages blanked by the carrier"
    )
    return f"of {seen['all']} such numbers, {kinds.format(**seen)}"


def _list_kinds(seen: Sighting) -> Iterable[str]:
    """The columns of `Health` that a message counts for."""
    yield "received_at"
    if kind := sender_kind(seen.sender, seen.e164):
        yield kind
    if seen.code:
        yield "code_at"
    if seen.filtered:
        yield "filtered_at"


@lru_cache(maxsize=4096)
def sender_kind(sender: str, e164: str) -> str:
    """Short code, name, or number of the same or another country code; "" for digits that are not a number there."""
    digits = sender.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return "name_at"
    if len(digits) <= _SHORT:
        return "short_code_at"
    ours = _find_country_code(e164)
    # A plus makes the country code certain; digits alone may be in national form
    if sender != digits:
        return "domestic_at" if sender.startswith(f"+{ours}") else "international_at"
    try:
        number = phonenumbers.parse(digits, phonenumbers.region_code_for_country_code(ours))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""  # long numbers from which services send
    return "domestic_at" if number.country_code == ours else "international_at"


def _find_country_code(e164: str) -> int:
    """The country code of a number; 0 if it has none."""
    try:
        return phonenumbers.parse(e164).country_code or 0
    except phonenumbers.NumberParseException:
        return 0
