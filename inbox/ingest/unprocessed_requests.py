"""Unprocessed requests: correctly signed, but not understood; kept sealed for operators, as long as messages.

A repetition only increases a count. Proofs of the sender are useless once verified, and could be used to send another
request: the headers and parameters that the adapter names are left out. Delivery receipts are not kept.
"""

from urllib.parse import unquote_plus
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone

from inbox.models import Quarantined
from numbers.carriers.contract import Carrier, Purpose, Request
from tempsms.lib import postgres, vault

_DROPPED = {"authorization", "cookie", "proxy-authorization"}

_KEEP = """
INSERT INTO inbox_quarantined
    (account_id, reason, detail, purpose, method, query, headers, body, body_hash, repeats, received_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, now(), now() + %s)
ON CONFLICT (account_id, body_hash) DO UPDATE SET repeats = inbox_quarantined.repeats + 1
"""


async def keep(
    carrier: Carrier,
    account_id: int,
    request: Request,
    purpose: Purpose,
    reason: Quarantined.Reason,
    detail: str = "",
) -> None:
    """Store a request for operators; returns after the commit, raises `postgres.Unavailable`."""
    query = request.url.partition("?")[2]
    dropped = _DROPPED | carrier.proof_headers
    headers = {name: value for name, value in request.headers.items() if name not in dropped}
    # Keyed, as a short body could be found by trying them all
    body_hash = UUID(bytes=vault.keyed_hash("quarantine", purpose, query, request.body))
    values = [account_id, reason.value, _seal_json(detail[:500]), purpose, request.method]
    values += [_seal_json(without_proof(query, carrier)), _seal_json(headers), vault.seal_bytes(request.body)]
    values += [body_hash, settings.MESSAGE_RETENTION]
    async with postgres.connection() as connection:
        await connection.execute(_KEEP, values)


def without_proof(query: str, carrier: Carrier) -> str:
    """Return a query without the parameters that authenticate the sender."""
    fields = (field for field in query.split("&"))
    return "&".join(
        field for field in fields if unquote_plus(field.partition("=")[0]) not in carrier.proof_parameters
    )


def forget() -> int:
    """Delete expired requests; return how many."""
    deleted, _ = Quarantined.objects.filter(expires_at__lte=timezone.now()).delete()
    return deleted


def _seal_json(value: object) -> bytes:
    """Seal as `vault.SealedJSONField` does; lone surrogates, which a carrier may send, are escaped for JSON."""
    if isinstance(value, str):
        value = value.encode("utf-8", "backslashreplace").decode()
    return vault.seal(orjson.dumps(value).decode())
