"""Does what stored messages entail, from the outbox rows that were written with them.

A batch is deleted in the same transaction as its work: killed anywhere, it is either still there or done. The work
only moves times forward, so that doing it twice changes nothing, and no attempt needs to know whether it is the newest.
"""

import logging
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.dispatch import Signal

from inbox.messages.flags import Flag
from inbox.models import Outbox
from numbers import canaries, health
from tempsms.lib import effects
from tempsms.lib.effects import BackOff

logger = logging.getLogger(__name__)

messages_stored = Signal()
"""Sent with `message_ids`, in the transaction that settles their batch: what receivers write is written once."""
OLDEST_DUE = "SELECT min(due_at) FROM inbox_outbox"  # since when the oldest row waits
BACK_OFF = BackOff(timedelta(seconds=10), timedelta(minutes=10))
_BATCHES = 200

_HEARD = """
UPDATE numbers_number n SET last_message_at = greatest(n.last_message_at, heard.at)
FROM (
    SELECT number_id, max(received_at) AS at FROM inbox_message
    WHERE id = ANY(%s) AND public AND expires_at > now() GROUP BY number_id ORDER BY number_id
) heard
WHERE n.id = heard.number_id
"""

# what carriers delivered: captured messages never went through one
_SEEN = f"""
SELECT m.number_id, n.e164, m.sender, m.received_at, m.code_confidence IS NOT NULL, m.flags, left(m.body, 200)
FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id
WHERE m.id = ANY(%s) AND m.expires_at > now() AND m.direction = 'in' AND NOT '{Flag.CAPTURED}' = ANY(m.flags)
"""  # noqa: S608  (our own word)


def relay() -> int:
    """Process due batches until there are none; return how many were processed."""
    done = 0
    while claimed := effects.claim(
        Outbox.objects.all(), lambda batch: BACK_OFF.after(batch.attempts), _BATCHES
    ):
        first = [batch for batch in claimed if batch.attempts == 1]
        # one that failed before is alone, so that it does not make others fail
        groups = [first, *([batch] for batch in claimed if batch.attempts > 1)]
        done += sum(_process_safely(group) for group in groups if group)
    return done


def _process_safely(batches: list[Outbox]) -> int:
    """Process batches and return how many; those that fail stay, and are due again later."""
    try:
        _process_batches(batches)
    # PostgreSQL is away: that says nothing about this batch, and the others would fail too
    except OperationalError:
        raise
    except Exception:
        logger.exception("%d batches of the outbox could not be processed", len(batches))
        return 0
    return len(batches)


@transaction.atomic
def _process_batches(batches: list[Outbox]) -> None:
    """Do what the messages of some batches entail, and delete the batches."""
    ids = [message_id for batch in batches for message_id in batch.message_ids]
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, [ids])
        cursor.execute(_SEEN, [ids])
        seen = cursor.fetchall()
    health.store_sightings(
        health.Sighting(number_id, e164, sender, at, code, Flag.FILTERED in flags)
        for number_id, e164, sender, at, code, flags, _ in seen
    )
    canaries.mark_arrived((number_id, body, at) for number_id, _, _, at, _, _, body in seen)
    messages_stored.send(Outbox, message_ids=ids)
    Outbox.objects.filter(pk__in=[batch.pk for batch in batches]).delete()
