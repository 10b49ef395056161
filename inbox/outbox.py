"""What stored messages entail, done from the outbox rows that were written with them.

A row is claimed under a lock that others skip, and deleted in the same transaction as its work: killed anywhere,
it is either still there or done. The work is idempotent all the same.
"""

from django.db import connection, transaction

from inbox.models import Outbox

_BATCHES = 200

_HEARD = """
UPDATE numbers_number n SET last_message_at = greatest(n.last_message_at, heard.at)
FROM (
    SELECT number_id, max(received_at) AS at FROM inbox_message
    WHERE id = ANY(%s) AND public AND expires_at > now() GROUP BY number_id ORDER BY number_id
) heard
WHERE n.id = heard.number_id
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
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
