"""Whose turn it is to send: one worker's at a time, for as long as it says that it is alive.

A row, not an advisory lock of a session: those are not safe behind PgBouncer.
"""

from uuid import UUID

from django.db import connection

KEPT = 8.0
"""Seconds after which a worker that says nothing has lost its turn."""
# Several times within KEPT: one slow answer of the database does not cost the turn
RENEWED_EVERY = 2.0
# One row for the whole site, timed by PostgreSQL's clock, as workers' clocks differ
_TAKE = """
INSERT INTO sending_turn (id, worker, taken_until) VALUES (1, %(worker)s, now() + %(kept)s * interval '1 second')
ON CONFLICT (id) DO UPDATE SET worker = excluded.worker, taken_until = excluded.taken_until
    WHERE sending_turn.worker = excluded.worker OR sending_turn.taken_until <= now()
RETURNING id
"""


def take(worker: UUID) -> bool:
    """Take the turn, or keep it; return whether the worker has it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"worker": worker, "kept": KEPT})
        return cursor.fetchone() is not None


def give_back(worker: UUID) -> None:
    """End the turn, if the worker still has it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sending_turn SET taken_until = now() WHERE worker = %s", [worker])
