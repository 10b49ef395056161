"""Visitors' reports: hidden at once, decided by an operator, undone in one click.

Nobody can blank a page with them: each visitor (a network, for a day) has few, only so many messages of a number are
hidden by open reports at a time, only one number in ten, and what an operator has looked at is not hidden by a report
again. Beyond that a report only waits in the queue. A reported text stays hidden wherever else it is or arrives.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inbox.live import notices
from inbox.messages import sealed_text
from inbox.models import Report
from inbox.safety.policy import text_key
from numbers.models import Number
from tempsms.lib import vault

DECIDED_WITHIN = timedelta(hours=24)
PER_VISITOR = 5  # messages a day
NUMBERS_PER_VISITOR = 1  # a day
HIDDEN_PER_NUMBER = 15  # messages of a number that open reports hide at a time
TAKEN_DOWN_SHARE = 10  # one in so many public numbers
LOOKED_AT_FOR = timedelta(days=30)
TWINS_ARRIVE_FOR = timedelta(seconds=10)  # until every process knows of the report
VISITORS_KEPT_FOR = timedelta(days=2)
_BATCH = 50


class TooMany(Exception):
    """The visitor has reported enough for today."""


class Unknown(Exception):
    """No such message or number is shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report: hidden now, or waiting for an operator; `kept` when one has already decided."""

    hidden: bool
    kept: bool = False


@transaction.atomic
def report_message(number: Number, message_id: int, why: str, visitor: str) -> Outcome:
    """Hide a message that is shown; raises `TooMany` and `Unknown`."""
    _take_turns(number)
    body, key = _shown(number, message_id)
    if Report.objects.filter(number=number, message_id=message_id).exclude(state=Report.State.OPEN).exists():
        return Outcome(hidden=False, kept=True)
    if key and Report.objects.filter(text_key=key, state=Report.State.REJECTED).exists():
        return Outcome(hidden=False, kept=True)
    _admit(visitor, PER_VISITOR, message_id__isnull=False)
    open_here = Report.objects.filter(number=number, state=Report.State.OPEN, hidden=True)
    hidden = open_here.filter(message_id__isnull=False).count() < HIDDEN_PER_NUMBER
    report, fresh = Report.objects.get_or_create(
        number=number,
        message_id=message_id,
        state=Report.State.OPEN,
        defaults={
            "text_key": key,
            "why": why,
            "visitor": visitor,
            "hidden": hidden,
            "twins_due": bool(hidden and key and body),
        },
    )
    if fresh and hidden:
        _hide(report, number, [message_id])
    return Outcome(report.hidden)


@transaction.atomic
def report_number(number: Number, why: str, visitor: str) -> Outcome:
    """Take the page of a public number down; raises `TooMany` and `Unknown`."""
    _take_turns(None)
    number = Number.objects.select_for_update().get(pk=number.pk)
    if not number.public:
        raise Unknown
    mine = Report.objects.filter(number=number, message_id=None)
    if mine.filter(state=Report.State.OPEN).exists():
        return Outcome(hidden=False)
    looked_at = mine.filter(
        state=Report.State.REJECTED, decided_at__gt=timezone.now() - LOOKED_AT_FOR
    ).exists()
    if looked_at:
        return Outcome(hidden=False, kept=True)
    _admit(visitor, NUMBERS_PER_VISITOR, message_id=None)
    down = Report.objects.filter(message_id=None, state=Report.State.OPEN, hidden=True).count()
    public = Number.objects.with_public_page().count()
    hidden = down < max(1, public // TAKEN_DOWN_SHARE)
    Report.objects.create(number=number, why=why, visitor=visitor, hidden=hidden)
    if hidden:
        _take_down(number)
    return Outcome(hidden)


@transaction.atomic
def uphold(report: Report, by: str) -> None:
    """It stays hidden, or is hidden now."""
    if not _decide(report, Report.State.UPHELD, by):
        return
    number = report.number
    if report.message_id is None:
        _take_down(number)
    else:
        _hide(report, number, [report.message_id])
        report.twins_due = report.text_key is not None
    report.hidden = True
    report.save(update_fields=["hidden", "twins_due"])


@transaction.atomic
def reject(report: Report, by: str) -> None:
    """It is shown again, with its twins, as far as it is still kept and its number still public."""
    if not _decide(report, Report.State.REJECTED, by):
        return
    if report.message_id is None:
        if report.hidden:
            Number.objects.filter(pk=report.number_id).update(public=True)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_message m SET withheld = '', public = n.public AND m.rental_id IS NULL"
            " FROM numbers_number n WHERE n.id = m.number_id AND m.withheld = %s AND m.expires_at > now()"
            " RETURNING n.e164, m.id",
            [f"report:{report.pk}"],
        )
        shown = _by_number(cursor.fetchall())
    transaction.on_commit(lambda: notices.tell("restored", shown))


def taken_down(number: Number) -> bool:
    """Whether a report has taken the page of a number down."""
    return Report.objects.filter(
        number=number, message_id=None, hidden=True, state__in=[Report.State.OPEN, Report.State.UPHELD]
    ).exists()


def hide_twins() -> int:
    """Hide what has the same text as a reported message, on all numbers; how many messages were hidden."""
    hidden = 0
    recent = timezone.now() - TWINS_ARRIVE_FOR
    with transaction.atomic():
        due = Report.objects.select_for_update(skip_locked=True).filter(twins_due=True)
        for report in due.exclude(state=Report.State.REJECTED).order_by("created_at")[:_BATCH]:
            for number, ids in _twins(report).items():
                _hide(report, number, ids)
                hidden += len(ids)
            report.twins_due = max(report.created_at, report.decided_at or report.created_at) > recent
            report.save(update_fields=["twins_due"])
    return hidden


def forget_visitors() -> int:
    """Empty who reported, once no limit needs it; how many rows."""
    old = Report.objects.filter(created_at__lt=timezone.now() - VISITORS_KEPT_FOR).exclude(visitor="")
    return old.update(visitor="")


def _take_turns(number: Number | None) -> None:
    """One report of a number at a time; without a number, one report of any number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('reports'), %s)", [number.pk % 2**31 if number else 0]
        )


def _admit(visitor: str, most: int, **kind: Any) -> None:
    """Raise `TooMany` when the visitor has reported `most` of a kind today. The name changes daily."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"reports by {visitor}"])
    if Report.objects.filter(visitor=visitor, **kind).count() >= most:
        raise TooMany


def _shown(number: Number, message_id: int) -> tuple[str, str | None]:
    """The stored text of a shown message, and its key; raises `Unknown`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.body, m.cuts, c.sealed FROM inbox_message m"
            " LEFT JOIN inbox_code c ON c.message_id = m.id AND c.expires_at > now()"
            " WHERE m.id = %s AND m.number_id = %s AND m.public AND m.expires_at > now() FOR UPDATE OF m",
            [message_id, number.pk],
        )
        found = cursor.fetchone()
    if found is None:
        raise Unknown
    return found[0], _key(*found)


def _key(body: str, cuts: list[int], sealed: str | None) -> str | None:
    """The key of a whole text; None once its code is gone."""
    if not cuts:
        return text_key(body)
    if sealed is None:
        return None
    try:
        return text_key(sealed_text.join(body, cuts, sealed).text)
    except vault.Unsealable:
        return None


def _twins(report: Report) -> dict[Number, list[int]]:
    """Shown messages with the text of a reported one, by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.number_id, m.id, m.body, m.cuts, c.sealed FROM inbox_message m"
            " LEFT JOIN inbox_code c ON c.message_id = m.id AND c.expires_at > now()"
            " WHERE m.public AND m.expires_at > now()"
            " AND m.body = (SELECT body FROM inbox_message WHERE id = %s LIMIT 1)",
            [report.message_id],
        )
        rows = cursor.fetchall()
    wanted = report.text_key.hex if report.text_key else None
    ids: dict[int, list[int]] = {}
    for number_id, message_id, *text in rows:
        if _key(*text) == wanted:
            ids.setdefault(number_id, []).append(message_id)
    return {number: ids[number.pk] for number in Number.objects.filter(pk__in=ids)}


def _hide(report: Report, number: Number, ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_message SET public = false, withheld = %s WHERE id = ANY(%s) AND public",
            [f"report:{report.pk}", ids],
        )
    transaction.on_commit(lambda: notices.tell("withheld", {number.e164: ids}))


def _take_down(number: Number) -> None:
    Number.objects.filter(pk=number.pk).update(public=False)
    transaction.on_commit(lambda: notices.tell_retired(number.e164))


def _decide(report: Report, state: str, by: str) -> bool:
    """Whether this decides the report, or changes what was decided."""
    locked = Report.objects.select_for_update().get(pk=report.pk)
    if locked.state == state:
        return False
    report.state, report.decided_at, report.decided_by = state, timezone.now(), by
    report.twins_due = False
    report.save(update_fields=["state", "decided_at", "decided_by", "twins_due"])
    return True


def _by_number(rows: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for e164, message_id in rows:
        found.setdefault(e164, []).append(message_id)
    return found
