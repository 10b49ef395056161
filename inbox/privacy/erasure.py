"""Exports or erases what is stored about a person's phone number (GDPR articles 15 and 17).

Every text column of every table of ours is searched for the number in all its spellings (`text/phone_spellings.py`).
Messages from or to it, and requests and stored answers that carry it, are deleted; elsewhere the number is blanked.
What accounting needs stays without the number: a lease keeps its costs, its number becomes a placeholder. Keyed hashes
stay, as no number can be read from them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import orjson
import phonenumbers
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from inbox.live import notices
from inbox.messages import sealed_text
from inbox.messages.inboxes import topic
from inbox.models import Code, Message, Part, Quarantined
from inbox.text.phone_spellings import FOREIGN_DIGITS, PLAIN_DIGITS, SHORTEST, Spellings
from numbers.models import Canary, Event, Finding, Intent, Lease, Number
from numbers.models.number import erased_key
from tempsms.lib import vault

# translate() looks through all 700 digits for each character: only where there is one; %20: a space in an address
_DIGITS_OF = (
    "regexp_replace(replace(CASE WHEN {0} ~ %(any)s THEN translate({0}, %(foreign)s, %(plain)s) ELSE {0} END,"
    " '%%20', ''), '[^0-9]', '', 'g')"
)
_ANY_FOREIGN = f"[{FOREIGN_DIGITS}]"
_ALNUM = re.compile(r"[^\W_]")
_TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)
_OUR_PACKAGES = ("inbox", "numbers")
_EMPTIED = ("canary_sender",)  # dots are not a valid sender: a constraint refuses them
# Programs read these names: they stay, whatever the admin calls the tables
_NAMES: dict[type[models.Model], str] = {
    Canary: "canaries",
    Event: "events",
    Finding: "findings",
    Intent: "intents",
    Quarantined: "quarantined requests",
}


class ErasureRefused(Exception):
    """The text is not a person's number, or the number is on one of our live leases."""


class _PersonsNumber:
    """A number in all its spellings."""

    def __init__(self, e164: str) -> None:
        try:
            number = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            raise ErasureRefused(f"{e164!r} is not an E.164 number (example: +15005550006)") from None
        self.e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.national_significant_number(number)
        if self.e164 != e164 or len(national) < SHORTEST:
            raise ErasureRefused(f"{e164!r} is not a person's E.164 number (example: +15005550006)")
        spellings = Spellings(number)
        self.tail = spellings.tail
        self._pattern = spellings.pattern

    def equals(self, text: str) -> bool:
        """Whether a text is the number and nothing else."""
        return any(
            not _ALNUM.search(text[: found.start()] + text[found.end() :])
            for found in self._pattern.finditer(text)
        )

    def is_in(self, value: Any) -> bool:
        """Whether a text, JSON value, list or raw bytes contains the number."""
        if isinstance(value, bytes | memoryview):
            value = bytes(value).decode("utf-8", "replace")
        text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
        return bool(self._pattern.search(text) or self._pattern.search(unquote_plus(text)))

    def blanked(self, value: Any) -> Any:
        """Return the value with as many dots in place of the number, so that spans in texts stay valid."""
        if isinstance(value, str):
            return self._pattern.sub(lambda found: "•" * len(found[0]), value)
        if isinstance(value, dict):
            return {self.blanked(key): self.blanked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.blanked(item) for item in value]
        return self.blanked(str(value)) if isinstance(value, int) and self.is_in(str(value)) else value


@transaction.atomic
def export(e164: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row with the number by table, with codes that have not expired; raises `ErasureRefused`."""
    person = _PersonsNumber(e164)
    _lift_time_limit()
    found: dict[str, list[dict[str, Any]]] = {}
    for row, names in _find_rows(person):
        values = {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
        if isinstance(row, Message):
            values["body"] = _join_text(row)
        values |= {name: _read_column(row, name) for name in _sealed_columns(type(row))}
        shown = {name: _to_json(value) for name, value in values.items() if name not in ("secrets", "key")}
        found.setdefault(_name_table(row), []).append({**shown, "found_in": names})
    return found


@transaction.atomic
def erase(e164: str) -> dict[str, int]:
    """Erase a person's number everywhere; return what was done to how many rows. Raises `ErasureRefused`."""
    person = _PersonsNumber(e164)
    own = Number.objects.select_for_update(no_key=False).filter(e164=e164).first()
    if own and own.leases.filter(state__in=Lease.LIVE).exists():
        raise ErasureRefused(f"{e164} is one of our own leased numbers: retire and release it first")
    _lift_time_limit()
    done: Counter[str] = Counter()
    gone: dict[str, list[int]] = {}
    changed: dict[str, list[int]] = {}
    for row, names in _find_rows(person):
        kind = _name_table(row)
        if isinstance(row, Message):
            where = topic(row.number.e164, row.rental_id)
            is_theirs = person.equals(row.sender) or row.number_id == (own and own.pk)
            done[f"{kind} {'deleted' if is_theirs else 'blanked'}"] += 1
            if is_theirs:
                Code.objects.filter(pk=row.pk).delete()
                Message.objects.filter(pk=row.pk).delete()
            else:
                _blank_columns(person, row, names)
                changed.setdefault(where, []).append(row.pk)
            gone.setdefault(where, []).append(row.pk)
        elif isinstance(row, Finding) or _sealed_columns(type(row)):
            done[f"{kind} deleted"] += 1
            row.delete()
        elif isinstance(row, Number):
            done["numbers replaced by a placeholder"] += 1
            # the row and a keyed hash stay: a number that was public is never rented out, if it is leased again
            Number.objects.filter(pk=row.pk).update(
                e164=f"+999{row.pk:09d}", erased_key=erased_key(e164), public=False
            )
        else:
            done[f"{kind} blanked"] += 1
            _blank_columns(person, row, names)
    transaction.on_commit(lambda: notices.tell("withheld", gone))
    transaction.on_commit(lambda: notices.tell("restored", changed))
    return dict(done)


def _lift_time_limit() -> None:
    """Lift the time limit of pages for this transaction: every text has to be searched."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")


def _name_table(row: models.Model) -> str:
    return _NAMES.get(type(row)) or str(row._meta.verbose_name_plural)


def _find_rows(person: _PersonsNumber) -> Iterator[tuple[models.Model, list[str]]]:
    """Find every row that contains the number, and the columns that do; first the messages to the number itself."""
    seen: set[int] = set()
    for message in Message.objects.filter(number__e164=person.e164).select_related("number"):
        seen.add(message.pk)
        yield message, ["number"]
    for model in tables():
        sealed = _sealed_columns(model)
        fields: list[models.Field[Any, Any]] = [
            field
            for field in model._meta.concrete_fields
            if field.name in sealed
            or (isinstance(field, _TEXTS) and not isinstance(field, vault.SealedJSONField))
        ]
        if not fields:
            continue
        for row in _find_candidates(person, model, fields):
            names = [field.name for field in fields if person.is_in(_read_column(row, field.name))]
            if names and not (model is Message and row.pk in seen):
                yield row, names


def tables() -> list[type[models.Model]]:
    """Return every table of ours, and the admin's log."""
    ours = [app for app in apps.get_app_configs() if app.name.split(".")[0] in _OUR_PACKAGES]
    return [*(model for app in ours for model in app.get_models()), LogEntry]


def _sealed_columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns whose texts are sealed and may name a person; others are addresses and logins of ours."""
    return getattr(model, "SEALED", ())


def _find_candidates(
    person: _PersonsNumber, model: type[models.Model], fields: "list[models.Field[Any, Any]]"
) -> Iterator[models.Model]:
    """Find rows whose texts contain the digits; where texts are sealed, every row is a candidate."""
    if sealed := _sealed_columns(model):
        # read one by one, so that a row whose key was dropped spoils no other
        yield from model._default_manager.defer(*sealed)
        return
    columns = [
        f"encode({field.column}, 'escape')"
        if isinstance(field, models.BinaryField)
        else f"{field.column}::text"
        for field in fields
    ]
    condition = " OR ".join(f"{_DIGITS_OF.format(column)} LIKE %(tail)s" for column in columns)
    with connection.cursor() as cursor:
        query = f"SELECT {model._meta.pk.column} FROM {model._meta.db_table} WHERE {condition}"  # noqa: S608
        cursor.execute(
            query,
            {
                "tail": f"%{person.tail}%",
                "foreign": FOREIGN_DIGITS,
                "plain": PLAIN_DIGITS,
                "any": _ANY_FOREIGN,
            },
        )
        keys = [key for (key,) in cursor.fetchall()]
    yield from model._default_manager.filter(pk__in=keys).order_by("pk")


def _read_column(row: models.Model, name: str) -> Any:
    """Return a column's value, opened if it is sealed; empty if no key opens it."""
    try:
        value = getattr(row, name)
        if value and name in _sealed_columns(type(row)):
            if isinstance(row, Part):
                return orjson.loads(vault.unseal(value.encode()))
            # fields that seal by themselves have been opened
            if not isinstance(row._meta.get_field(name), vault.SealedJSONField):
                return vault.unseal_bytes(bytes(value))
    except vault.Unsealable:  # its key was dropped: nobody can read it any more
        return ""
    return value


def _blank_columns(person: _PersonsNumber, row: models.Model, names: list[str]) -> None:
    for name in names:
        setattr(row, name, "" if name in _EMPTIED else person.blanked(getattr(row, name)))
    type(row)._default_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})


def _join_text(message: Message) -> str:
    code = Code.objects.filter(pk=message.pk).first()
    try:
        joined = sealed_text.join(message.body, message.cuts, code.sealed) if code else None
    except vault.Unsealable:
        joined = None
    return (joined or sealed_text.redacted(message.body, message.cuts)).text


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | list | dict | bool | None) else str(value)
