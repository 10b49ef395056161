"""Delivery receipts: kept as they came, and applied to their messages, whose states only go forward.

A receipt may come before the answer to the call that sent its message: it waits until the message has the id.
"""

from collections.abc import Sequence
from datetime import timedelta

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from inbox.sending.models import OutgoingMessage, OutgoingState, SendReceipt, in_sql
from numbers.carriers.messages import Receipt, Status
from tempsms.lib import postgres

_RANKS = {
    Status.QUEUED: 0,
    Status.UNKNOWN: 0,
    Status.SENT: 1,
    Status.UNDELIVERED: 2,
    Status.FAILED: 2,
    Status.DELIVERED: 3,
}
"""A later state never gives way to an earlier one; what was delivered after all counts as delivered."""
_RANK = (
    "CASE {} " + " ".join(f"WHEN '{status}' THEN {rank}" for status, rank in _RANKS.items()) + " ELSE 1 END"
)
KEPT_ALONE = timedelta(days=2)
"""How long a receipt waits for its message."""
# What was not sent by anybody's order, like our own test messages, has no receipts here
_KEEP = f"""
INSERT INTO sending_sendreceipt (account_id, carrier_ref, status, word, error_code, at)
SELECT %(account)s, x.ref, x.status, x.word, x.code, x.at
FROM json_to_recordset(%(receipts)s::json) AS x(ref text, status text, word text, code text, at timestamptz)
WHERE x.ref <> '' AND EXISTS (
    SELECT FROM sending_outgoingmessage m WHERE m.account_id = %(account)s
        AND (m.carrier_ref = x.ref OR m.state IN {in_sql(OutgoingState.SENDING)}))
ON CONFLICT DO NOTHING
"""  # noqa: S608  (our own text)
# Of several receipts the one that is furthest on counts, in whatever order they came
_APPLY = f"""
UPDATE sending_outgoingmessage m SET
    state = told.status,
    error_code = CASE WHEN told.status = 'delivered' THEN '' ELSE told.error_code END,
    error = CASE WHEN told.status = 'delivered' THEN '' ELSE told.word END,
    settled_at = now()
FROM (
    SELECT DISTINCT ON (r.account_id, r.carrier_ref) r.* FROM sending_sendreceipt r
    JOIN sending_outgoingmessage o ON o.account_id = r.account_id AND o.carrier_ref = r.carrier_ref
    WHERE {{which}}
    ORDER BY r.account_id, r.carrier_ref, {_RANK.format("r.status")} DESC, r.id
) told
WHERE m.account_id = told.account_id AND m.carrier_ref = told.carrier_ref
    AND m.state IN {in_sql(OutgoingState.SENT, OutgoingState.UNDELIVERED, OutgoingState.FAILED)}
    AND {_RANK.format("told.status")} > {_RANK.format("m.state")}
"""  # noqa: S608  (our own text)
_APPLY_TO = _APPLY.format(which="o.id = ANY(%s)")
_APPLY_LATE = _APPLY.format(which="r.received_at > now() - interval '1 hour'")
_APPLY_OF = _APPLY.format(which="r.account_id = %s AND r.carrier_ref = ANY(%s)")


async def note(account_id: int, receipts: Sequence[Receipt]) -> None:
    """Keep receipts that a carrier has told, and apply them; raises `postgres.Unavailable`."""
    rows = [
        {
            "ref": _clean_word(receipt.ref, 128),
            "status": receipt.status,
            "word": _clean_word(receipt.word),
            "code": _clean_word(receipt.error_code),
            "at": receipt.at,
        }
        for receipt in receipts
        # PostgreSQL stores no NUL, so no message of ours has such an id
        if "\0" not in receipt.ref
    ]
    values = {"account": account_id, "receipts": orjson.dumps(rows).decode()}
    async with postgres.connection() as connection, connection.transaction():
        await connection.execute(_KEEP, values)
        await connection.execute(_APPLY_OF, [account_id, [row["ref"] for row in rows]])


def apply(message_ids: Sequence[int]) -> None:
    """Apply the receipts that came before these messages had their ids."""
    if message_ids:
        with connection.cursor() as cursor:
            cursor.execute(_APPLY_TO, [list(message_ids)])


def apply_late() -> int:
    """Apply receipts that came in the very moment in which their messages got their ids; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_APPLY_LATE)
        return int(cursor.rowcount)


def of_message(message: OutgoingMessage) -> QuerySet[SendReceipt]:
    """A message's receipts, in the order in which they came."""
    if not message.carrier_ref:
        return SendReceipt.objects.none()
    return SendReceipt.objects.filter(account=message.account_id, carrier_ref=message.carrier_ref).order_by(
        "pk"
    )


def forget() -> int:
    """Delete receipts for which no message came; return how many."""
    message = OutgoingMessage.objects.filter(account=OuterRef("account"), carrier_ref=OuterRef("carrier_ref"))
    alone = SendReceipt.objects.filter(~Exists(message), received_at__lt=Now() - KEPT_ALONE)
    deleted, _ = alone.delete()
    return deleted


def _clean_word(text: str, most: int = 40) -> str:
    """What a column can hold of a carrier's word: no NUL characters, and no lone surrogates."""
    return text.replace("\0", "").encode(errors="replace").decode()[:most]
