"""What stored messages entail, done from the outbox rows that were written with them.

A row is claimed under a lock that others skip, and deleted in the same transaction as its work: killed anywhere,
it is either still there or done. The work is idempotent all the same.
"""

from django.db import connection, transaction

from inbox.models import Outbox
from numbers import canaries, health

OLDEST_DUE = "SELECT min(due_at) FROM inbox_outbox"  # since when the oldest row waits
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
_SEEN = """
SELECT m.number_id, n.e164, m.sender, m.received_at, m.code_confidence IS NOT NULL, m.flags, left(m.body, 200)
FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id
WHERE m.id = ANY(%s) AND m.expires_at > now() AND m.direction = 'in' AND NOT 'captured' = ANY(m.flags)
"""


def relay() -> int:
    """Claim due batches until there are none; how many were done."""
    done = 0
    while claimed := _relay_some():
        done += claimed
    return done


@transaction.atomic
def _relay_some() -> int:
    rows = list(Outbox.objects.select_for_update(skip_locked=True).order_by("id")[:_BATCHES])
    if rows:
        ids = [message_id for row in rows for message_id in row.message_ids]
        with connection.cursor() as cursor:
            cursor.execute(_HEARD, [ids])
            cursor.execute(_SEEN, [ids])
            seen = cursor.fetchall()
        health.note(
            health.Sighting(number_id, e164, sender, at, code, "filtered" in flags)
            for number_id, e164, sender, at, code, flags, _ in seen
        )
        canaries.heard((number_id, body, at) for number_id, _, _, at, _, _, body in seen)
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
