"""The one statement that stores a batch: dedupe key, message, code and outbox row, all or nothing.

`incoming` is the batch as one JSON parameter (the fastest form measured: 25 us a row at 64 rows). A number is ours
while it has a live lease at the account, or, for a row of any account, while it has a public page: captured messages
never reach a rental. A rental owns the messages that arrive in its time: now, or for recovered ones at `arrived_at`.
Ids are taken in the order of the batch. Rows whose key is in `inbox_seen` are left out.
"""

from typing import Any

import orjson
from django.conf import settings
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from inbox.ingest.rows import Outcome, Row, StoreResult

_STATEMENT = """
WITH incoming AS (
    SELECT * FROM json_to_recordset(%(batch)s::json) AS x(
        n int, account_id bigint, any_account boolean, key uuid, recipient text, sender text, ref text,
        body text, cuts int[], sealed text, code_confidence float8, code_reason text, code_hash uuid, segments int,
        encoding text, flags text[], media jsonb, withheld text, sent_at timestamptz, arrived_at timestamptz)
), found AS (
    SELECT x.*, number.number_id, rental.id AS rental_id,
        number.has_public_page AND rental.id IS NULL AS shown,
        now() + coalesce(rental.retention, number.retention, %(retention)s) AS expires_at,
        now() + least(
            coalesce(rental.code_life, number.code_life, %(code_life)s),
            coalesce(rental.retention, number.retention, %(retention)s)
        ) AS code_expires_at
    FROM incoming x
    JOIN numbers_receiving number ON number.e164 = x.recipient
        AND CASE WHEN x.any_account THEN number.has_public_page ELSE number.account_id = x.account_id END
    LEFT JOIN numbers_rental rental ON rental.number_id = number.number_id AND NOT rental.cancelled
        AND rental.during @> coalesce(x.arrived_at, now())
    WHERE NOT (x.any_account AND rental.id IS NOT NULL)
    ORDER BY x.n
), placed AS MATERIALIZED (
    SELECT found.*, shown AND withheld = '' AS public, nextval('inbox_message_id_seq') AS id FROM found
), fresh AS (
    INSERT INTO inbox_seen (account_id, key, seen_on)
    SELECT account_id, key, current_date FROM placed ORDER BY account_id, key  -- one order for all: no deadlocks
    ON CONFLICT DO NOTHING RETURNING account_id, key
), stored AS (
    INSERT INTO inbox_message (id, number_id, account_id, rental_id, carrier_ref, direction, sender, body,
        cuts, code_confidence, code_reason, code_hash, segments, encoding, flags, media, public, withheld, sent_at,
        received_at, expires_at)
    SELECT id, number_id, account_id, rental_id, ref, 'in', sender, body, coalesce(cuts, '{}'),
        code_confidence, code_reason, code_hash, segments, encoding, coalesce(flags, '{}'), media, public,
        CASE WHEN shown THEN withheld ELSE '' END, sent_at, now(), expires_at
    FROM placed JOIN fresh USING (account_id, key)
    RETURNING id
), sealed AS (
    INSERT INTO inbox_code (message_id, sealed, expires_at)
    SELECT id, placed.sealed, code_expires_at FROM placed JOIN stored USING (id)
    WHERE placed.sealed IS NOT NULL
), outbox AS (
    INSERT INTO inbox_outbox (message_ids, created_at, due_at, attempts)
    SELECT array_agg(id ORDER BY id), now(), now(), 0 FROM stored HAVING count(*) > 0
)
SELECT placed.n, stored.id, placed.public, placed.rental_id, now(), placed.code_expires_at
FROM placed LEFT JOIN stored USING (id)
"""


async def store(connection: AsyncConnection[TupleRow], rows: list[Row]) -> list[StoreResult]:
    """Store a batch in one transaction; return each row's result, in the batch's order.

    The connection is in autocommit mode: when this returns, the batch is on disk.
    """
    batch = orjson.dumps([{"n": n, **row.values} for n, row in enumerate(rows)]).decode()
    limits: dict[str, Any] = {"retention": settings.MESSAGE_RETENTION, "code_life": settings.CODE_LIFE}
    cursor = await connection.execute(_STATEMENT, {"batch": batch, **limits}, prepare=True)
    # The statement returns nothing for a row whose number is not ours
    results = [StoreResult(Outcome.UNKNOWN_NUMBER)] * len(rows)
    for n, message_id, *placed in await cursor.fetchall():
        stored = message_id is not None
        results[n] = (
            StoreResult(Outcome.STORED, message_id, *placed) if stored else StoreResult(Outcome.REPEATED)
        )
    return results
