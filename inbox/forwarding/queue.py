"""The queue of deliveries in PostgreSQL: targets are taken by a worker, their due deliveries claimed and settled.

A target is one worker's for a while, so that its bounds hold; a delivery's attempt is the fence, as everywhere
(`tempsms.lib.effects`): what another worker has claimed since, is settled by that one only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models.functions import Now

from inbox.forwarding.models import Delivery, Target
from tempsms.lib import effects

LOST_AFTER = timedelta(seconds=90)
"""Longer than a claimed delivery waits and is tried: then its worker is gone."""
TAKEN_FOR = timedelta(seconds=90)

_IS_TAKEN = "target.taken_until > now()"
_IS_PAUSED = "target.paused_until > now()"
_IS_DUE = "d.target_id = target.id AND d.settled_at IS NULL AND d.due_at <= now()"
# A test is made whatever state its target is in
_HAS_WORK = f"""
(
    target.enabled AND ({_IS_PAUSED}) IS NOT TRUE AND EXISTS (SELECT FROM forwarding_delivery d WHERE {_IS_DUE})
    OR EXISTS (SELECT FROM forwarding_delivery d WHERE {_IS_DUE} AND d.message_id IS NULL)
)
"""  # noqa: S608  (our own text)
# Since when the oldest work waits for a worker: what a target holds up itself is not late
OLDEST_DUE = f"""
SELECT min(greatest(due.at, target.paused_until, target.taken_until)) FROM forwarding_target target
CROSS JOIN LATERAL (
    SELECT min(d.due_at) AS at FROM forwarding_delivery d
    WHERE d.target_id = target.id AND d.settled_at IS NULL
) due
WHERE target.enabled AND due.at <= now()
    AND ({_IS_PAUSED}) IS NOT TRUE AND ({_IS_TAKEN}) IS NOT TRUE
"""  # noqa: S608  (our own text)
# Chosen once: as a subquery the planner may run it again for each row, and LIMIT would bound nothing
_TAKE = f"""
WITH chosen AS MATERIALIZED (
    SELECT target.id FROM forwarding_target target
    WHERE ({_IS_TAKEN}) IS NOT TRUE AND (target.failures > 0) = %(failing)s AND {_HAS_WORK}
    ORDER BY target.taken_until NULLS FIRST, target.id LIMIT %(most)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE forwarding_target SET taken_by = %(worker)s, taken_until = now() + %(time)s * interval '1 second'
FROM chosen WHERE forwarding_target.id = chosen.id
RETURNING forwarding_target.id
"""  # noqa: S608
# So many of each target: a long queue of one must not keep others waiting
_FIND_DUE = f"""
SELECT found.id FROM unnest(%(targets)s::bigint[], %(rooms)s::int[]) AS wanted(target_id, room)
JOIN forwarding_target target ON target.id = wanted.target_id AND target.taken_by = %(worker)s
CROSS JOIN LATERAL (
    SELECT d.id FROM forwarding_delivery d
    WHERE {_IS_DUE}
        AND (d.message_id IS NULL OR (target.enabled AND ({_IS_PAUSED}) IS NOT TRUE))
    ORDER BY d.due_at, d.id LIMIT wanted.room
) found
"""  # noqa: S608
_SETTLE = f"""
UPDATE forwarding_delivery d SET
    tries = d.tries + 1, status = x.status, note = x.note, outcome = x.outcome,
    log = CASE WHEN jsonb_array_length(d.log) >= {Delivery.LOGGED} THEN d.log - 0 ELSE d.log END || x.entry,
    settled_at = CASE WHEN x.outcome <> '' THEN now() END,
    due_at = CASE WHEN x.outcome = '' THEN now() + x.wait * interval '1 second' ELSE d.due_at END
FROM json_to_recordset(%(results)s::json) AS x(
    id bigint, attempt int, outcome text, status int, note text, entry jsonb, wait float8)
WHERE d.id = x.id AND d.attempts = x.attempt AND d.settled_at IS NULL
    AND d.log -> -1 IS DISTINCT FROM x.entry  -- else it is written already, and only the answer to that was lost
"""  # noqa: S608
_FAIL_TESTS = """
UPDATE forwarding_delivery d SET attempts = d.attempts + 1, tries = d.tries + 1, outcome = %(outcome)s,
    note = %(note)s, settled_at = now(), log = d.log || jsonb_build_object(
        'attempt', d.attempts + 1, 'at', %(at)s::text, 'status', 0, 'ms', 0, 'note', %(note)s::text)
WHERE d.target_id = %(target)s AND d.message_id IS NULL AND d.settled_at IS NULL AND d.due_at <= now()
"""
_PUT_BACK = """
UPDATE forwarding_delivery d SET due_at = now(), attempts = d.attempts - 1
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS x(id, attempt)
WHERE d.id = x.id AND d.attempts = x.attempt AND d.settled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed delivery: an outcome, or the wait for its next try."""

    delivery: Delivery
    outcome: str
    at: datetime
    status: int = 0
    note: str = ""
    ms: int = 0
    wait: timedelta = timedelta(0)

    def as_json(self) -> dict[str, Any]:
        """The parameters of the statement that settles it."""
        entry = {
            "attempt": self.delivery.attempts,
            "at": self.at.isoformat(timespec="milliseconds"),
            "status": self.status,
            "ms": self.ms,
            "note": self.note,
        }
        return {
            "id": self.delivery.pk,
            "attempt": self.delivery.attempts,
            "outcome": self.outcome,
            "status": self.status,
            "note": self.note[:300],
            "entry": entry,
            "wait": self.wait.total_seconds(),
        }


def take_targets(worker: UUID, most: int, *, failing: bool) -> list[Target]:
    """Take targets with due deliveries that no other worker has taken: those that are failing, or the others."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, {"worker": worker, "time": TAKEN_FOR.total_seconds(), "most": most, "failing": failing}
        )
        taken = [target_id for (target_id,) in cursor.fetchall()]
    return list(Target.objects.filter(pk__in=taken))


def claim(worker: UUID, rooms: Mapping[int, int]) -> list[Delivery]:
    """Claim due deliveries of targets that the worker has: of each target as many as there is room for."""
    with connection.cursor() as cursor:
        targets = {"targets": list(rooms), "rooms": list(rooms.values())}
        cursor.execute(_FIND_DUE, {"worker": worker, **targets})
        due = [delivery_id for (delivery_id,) in cursor.fetchall()]
    if not due:
        return []
    rows = Delivery.objects.filter(pk__in=due, settled_at=None)
    return effects.claim(rows, lambda _: LOST_AFTER, len(due))


def settle(results: Iterable[Result]) -> None:
    """Write what became of deliveries; what another attempt has claimed since is left alone."""
    found = [result.as_json() for result in results]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"results": orjson.dumps(found).decode()})


def fail_tests(target_id: int, note: str) -> None:
    """Settle the tests of a target that cannot be served: they are due whatever its state, or it is taken again."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    outcome = str(Delivery.Outcome.FAILED)
    with connection.cursor() as cursor:
        cursor.execute(_FAIL_TESTS, {"target": target_id, "outcome": outcome, "note": note[:300], "at": at})


def put_back(deliveries: Iterable[Delivery]) -> None:
    """Have deliveries that were claimed and not tried be due again, as if they had not been claimed."""
    found = list(deliveries)
    values = {"ids": [one.pk for one in found], "attempts": [one.attempts for one in found]}
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, values)


def release_target(worker: UUID, target: Target, pause: timedelta | None) -> None:
    """Give a target back, with how it does, and have it left alone for a while; one enabled meanwhile starts afresh."""
    released = Target.objects.filter(pk=target.pk, taken_by=worker).update(
        failures=target.failures,
        succeeded_at=target.succeeded_at,
        paused_until=Now() + pause if pause else None,
        taken_by=None,
        # when it was served last: those that wait longest are taken first, and a long queue is not late
        taken_until=Now(),
    )
    if not released:
        # `targets.enable` took the worker's name off it, and nobody else can have it before its time is over
        enabled = Target.objects.filter(pk=target.pk, taken_by=None, taken_until__gt=Now())
        enabled.update(taken_until=Now())


def forget(most: int = 10_000) -> int:
    """Delete the deliveries whose messages are forgotten; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM forwarding_delivery WHERE id = ANY(ARRAY("
            "SELECT id FROM forwarding_delivery WHERE expires_at <= now() LIMIT %s))",
            [most],
        )
        return int(cursor.rowcount)
