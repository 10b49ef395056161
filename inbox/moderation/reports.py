"""Visitors' reports: they hide a message at once, an operator decides, and one click undoes it.

Nobody can blank a page with them. Each visitor (a network, for a day) has few reports; open reports hide a limited
number of messages of a number, and one number in ten at most; what an operator has decided on is not hidden by reports
again. Beyond these limits a report only waits for the operator. A reported text is hidden wherever it is or arrives.
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
TWINS_ARRIVE_FOR = timedelta(seconds=10)  # until every process knows the report
VISITORS_KEPT_FOR = timedelta(days=2)
_BATCH = 50


class TooManyReports(Exception):
    """The visitor has reported enough for today."""


class NotShown(Exception):
    """The message or number is not shown, or does not exist."""


@dataclass(frozen=True, slots=True)
class ReportResult:
    """The result of a report: hidden now, or waiting for an operator; `kept` if one has already decided."""

    hidden: bool
    kept: bool = False


@transaction.atomic
def report_message(number: Number, message_id: int, why: str, visitor: str) -> ReportResult:
    """Report a message that is shown; raises `TooManyReports` and `NotShown`."""
    # Limits are counted under this lock, or many reports at once would each count too few
    _lock_reports_of(number)
    body, key = _lock_shown_message(number, message_id)
    if Report.objects.filter(number=number, message_id=message_id).exclude(state=Report.State.OPEN).exists():
        return ReportResult(hidden=False, kept=True)
    if key and Report.objects.filter(text_key=key, state=Report.State.REJECTED).exists():
        return ReportResult(hidden=False, kept=True)
    _check_limit(visitor, PER_VISITOR, message_id__isnull=False)
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
            # Left to a task: the search for the same text looks through all numbers
            "twins_due": bool(hidden and key and body),
        },
    )
    if fresh and hidden:
        _hide_messages(report, number, [message_id])
    return ReportResult(report.hidden)


@transaction.atomic
def report_number(number: Number, why: str, visitor: str) -> ReportResult:
    """Report a public number, whose page is taken down; raises `TooManyReports` and `NotShown`."""
    _lock_reports_of(None)
    number = Number.objects.select_for_update(no_key=True).get(pk=number.pk)
    if not number.public:
        raise NotShown
    mine = Report.objects.filter(number=number, message_id=None)
    if mine.filter(state=Report.State.OPEN).exists():
        return ReportResult(hidden=False)
    looked_at = mine.filter(
        state=Report.State.REJECTED, decided_at__gt=timezone.now() - LOOKED_AT_FOR
    ).exists()
    if looked_at:
        return ReportResult(hidden=False, kept=True)
    _check_limit(visitor, NUMBERS_PER_VISITOR, message_id=None)
    down = Report.objects.filter(message_id=None, state=Report.State.OPEN, hidden=True).count()
    public = Number.objects.with_public_page().count()
    hidden = down < max(1, public // TAKEN_DOWN_SHARE)
    Report.objects.create(number=number, why=why, visitor=visitor, hidden=hidden)
    if hidden:
        _take_down(number)
    return ReportResult(hidden)


@transaction.atomic
def uphold(report: Report, by: str) -> None:
    """Decide that what was reported stays hidden, or is hidden now."""
    if not _record_decision(report, Report.State.UPHELD, by):
        return
    number = report.number
    if report.message_id is None:
        _take_down(number)
    else:
        _hide_messages(report, number, [report.message_id])
        report.twins_due = report.text_key is not None
    report.hidden = True
    report.save(update_fields=["hidden", "twins_due"])


@transaction.atomic
def reject(report: Report, by: str) -> None:
    """Decide that it is shown again, with the same text elsewhere, if it is still kept and its number still public."""
    if not _record_decision(report, Report.State.REJECTED, by):
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
        shown = _group_by_number(cursor.fetchall())
    transaction.on_commit(lambda: notices.tell("restored", shown))


def taken_down(number: Number) -> bool:
    """Whether a report has taken the page of a number down."""
    return Report.objects.filter(
        number=number, message_id=None, hidden=True, state__in=[Report.State.OPEN, Report.State.UPHELD]
    ).exists()


def hide_twins() -> int:
    """Hide messages with the text of a reported one, on all numbers; return how many."""
    hidden = 0
    recent = timezone.now() - TWINS_ARRIVE_FOR
    with transaction.atomic():
        due = Report.objects.select_for_update(skip_locked=True, no_key=True).filter(twins_due=True)
        for report in due.exclude(state=Report.State.REJECTED).order_by("created_at")[:_BATCH]:
            for number, ids in _find_same_text(report).items():
                _hide_messages(report, number, ids)
                hidden += len(ids)
            # Searched again for ten seconds: a process that did not know
            # the report yet may have stored one more
            report.twins_due = max(report.created_at, report.decided_at or report.created_at) > recent
            report.save(update_fields=["twins_due"])
    return hidden


def forget_visitors() -> int:
    """Empty the visitors' names, once no limit needs them; return how many."""
    old = Report.objects.filter(created_at__lt=timezone.now() - VISITORS_KEPT_FOR).exclude(visitor="")
    return old.update(visitor="")


def _lock_reports_of(number: Number | None) -> None:
    """Lock the reports of a number; without a number, those of whole numbers."""
    with connection.cursor() as cursor:
        # the second key of an advisory lock is an int4; two numbers with one key only wait for each other
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('reports'), %s)", [number.pk % 2**31 if number else 0]
        )


def _check_limit(visitor: str, most: int, **kind: Any) -> None:
    """Raise `TooManyReports` if the visitor has reported `most` of a kind today. Their name changes daily."""
    with connection.cursor() as cursor:
        # One visitor's reports of several numbers wait for each other here
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"reports by {visitor}"])
    if Report.objects.filter(visitor=visitor, **kind).count() >= most:
        raise TooManyReports


def _lock_shown_message(number: Number, message_id: int) -> tuple[str, str | None]:
    """Lock a shown message; return its stored text and its key. Raises `NotShown`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.body, m.cuts, c.sealed FROM inbox_message m"
            " LEFT JOIN inbox_code c ON c.message_id = m.id AND c.expires_at > now()"
            " WHERE m.id = %s AND m.number_id = %s AND m.public AND m.expires_at > now() FOR UPDATE OF m",
            [message_id, number.pk],
        )
        found = cursor.fetchone()
    if found is None:
        raise NotShown
    return found[0], _key_of_text(*found)


def _key_of_text(body: str, cuts: list[int], sealed: str | None) -> str | None:
    """Return the key of a whole text; None once its code has expired."""
    if not cuts:
        return text_key(body)
    if sealed is None:
        return None
    try:
        return text_key(sealed_text.join(body, cuts, sealed).text)
    except vault.Unsealable:
        return None


def _find_same_text(report: Report) -> dict[Number, list[int]]:
    """Find shown messages with the text of a reported one, by number."""
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
        # Equal bodies may have had different codes cut out of them, so whole texts are compared
        if _key_of_text(*text) == wanted:
            ids.setdefault(number_id, []).append(message_id)
    return {number: ids[number.pk] for number in Number.objects.filter(pk__in=ids)}


def _hide_messages(report: Report, number: Number, ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_message SET public = false, withheld = %s WHERE id = ANY(%s) AND public",
            [f"report:{report.pk}", ids],
        )
    transaction.on_commit(lambda: notices.tell("withheld", {number.e164: ids}))


def _take_down(number: Number) -> None:
    Number.objects.filter(pk=number.pk).update(public=False)
    transaction.on_commit(lambda: notices.tell_retired(number.e164))


def _record_decision(report: Report, state: str, by: str) -> bool:
    """Record a decision; return whether it is a new one."""
    locked = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if locked.state == state:
        return False
    report.state, report.decided_at, report.decided_by = state, timezone.now(), by
    report.twins_due = False
    report.save(update_fields=["state", "decided_at", "decided_by", "twins_due"])
    return True


def _group_by_number(rows: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for e164, message_id in rows:
        found.setdefault(e164, []).append(message_id)
    return found
