"""Requests with a good signature that we cannot place are kept as they came; the same one again only counts up."""

from uuid import UUID

import orjson
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout

from inbox.ingest.batcher import Unavailable
from inbox.models import Quarantined
from numbers.carriers.base import Purpose, Request
from tempsms.lib import postgres, vault

# what says who signed it or carries a password is of no use once verified
_DROPPED = {"authorization", "cookie", "x-twilio-signature", "x-simulated-signature", "proxy-authorization"}

_KEEP = """
INSERT INTO inbox_quarantined
    (account_id, reason, detail, purpose, method, query, headers, body, body_hash, repeats, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, 0, now())
ON CONFLICT (account_id, body_hash) DO UPDATE SET repeats = inbox_quarantined.repeats + 1
"""


async def keep(
    account_id: int, request: Request, purpose: Purpose, reason: Quarantined.Reason, detail: str = ""
) -> None:
    """Keep a request for the operator; returns after the commit, raises `batcher.Unavailable`."""
    query = request.url.partition("?")[2]
    headers = {name: value for name, value in request.headers.items() if name not in _DROPPED}
    body_hash = UUID(bytes=vault.keyed_hash("quarantine", purpose, query, request.body))
    values = [account_id, reason.value, _plain(detail), purpose, request.method, query]
    values += [orjson.dumps(headers).decode(), request.body, body_hash]
    try:
        async with (await postgres.pool()).connection() as connection:
            await connection.execute(_KEEP, values)
    except (PostgresError, PoolTimeout, OSError) as error:
        raise Unavailable from error


def _plain(detail: str) -> str:
    """Words that any text column can hold: a carrier's may have NUL or lone surrogates in them."""
    return detail[:500].encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
