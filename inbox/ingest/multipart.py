"""Joins messages that a carrier delivers part by part (Vonage's classic API, SMPP gateways).

Every part is on disk, sealed, before it is acknowledged. The last one completes the message; a message that is not
whole after `PATIENCE` is shown as far as it has arrived, flagged "partial", and replaced when the rest arrives. After a
crash in between, the next part or the next round of `join_due` continues: the ids of joined messages are derived from
their parts, so that joining twice stores once.
"""

import asyncio
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import orjson
from django.utils import timezone
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded, Poisoned
from inbox.ingest.part_groups import MOMENT, StoredPart, by_message, is_settled
from inbox.ingest.rows import Outcome, StoreResult
from inbox.ingest.storable import Unstorable, ref_of, storable
from inbox.live import notices
from inbox.messages import code_cutting
from inbox.messages.flags import Flag
from inbox.messages.inboxes import topic
from inbox.models import Part
from numbers.carriers.messages import Inbound, Media
from numbers.carriers.toolkit import charsets
from tempsms.lib import postgres, redis, vault

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=2)
OPEN_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=2)
GAP = code_cutting.GAP

# parts of one key that are looked at: a message has 255 at most, and grouping takes time by their square
MOST_OPEN = 512

# the numbers are those for which `store` would store the whole message
_KEEP = """
WITH ours AS (
    SELECT FROM numbers_receiving WHERE e164 = %(recipient)s AND account_id = %(account)s LIMIT 1
), kept AS (
    INSERT INTO inbox_part (account_id, recipient, sender, "group", index, total, ref, sealed, received_at)
    SELECT %(account)s, %(recipient)s, %(sender)s, %(group)s, %(index)s, %(total)s, %(ref)s, %(sealed)s, now()
    FROM ours
    ON CONFLICT (account_id, ref) DO NOTHING
)
SELECT count(*) > 0 FROM ours
"""
# by index backwards: 0.5 ms of 50,000 open parts of one key
_OPEN = """
SELECT id, index, total, received_at, sealed, message_id FROM inbox_part
WHERE account_id = %s AND recipient = %s AND sender = %s AND "group" = %s AND joined_at IS NULL
    AND received_at > now() - %s
ORDER BY id DESC LIMIT %s
"""
_HAS_WHOLE = f"""
SELECT EXISTS (
    SELECT FROM ({_OPEN}) newest GROUP BY total HAVING count(DISTINCT index) >= total)
"""  # noqa: S608  (our own words)
_DUE = """
SELECT account_id, recipient, sender, "group" FROM inbox_part
WHERE joined_at IS NULL AND received_at > now() - %s
GROUP BY 1, 2, 3, 4
HAVING min(received_at) < now() - %s AND bool_or(message_id IS NULL)
    OR max(received_at) <= now() - %s AND count(DISTINCT index) >= max(total)
"""


_TAKEN_OFF = "DELETE FROM inbox_message WHERE id = %s RETURNING rental_id"
_CLOSED = "UPDATE inbox_part SET joined_at = now() WHERE id = ANY(%s)"
_JOINED = "UPDATE inbox_part SET joined_at = now(), sealed = '' WHERE id = ANY(%s)"
_SHOWN = """
UPDATE inbox_part SET message_id = coalesce(nullif(%s, 0), (
    SELECT max(id) FROM inbox_message WHERE account_id = %s AND carrier_ref = %s))
WHERE id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What the parts of one message share; `sender` as `_label_sender` gives it."""

    account_id: int
    recipient: str
    sender: str
    group: str


async def accept(account_id: int, message: Inbound) -> StoreResult:
    """Keep a part; with the last one, store the message. A part to a number that is not ours is not kept.

    Raises `storable.Unstorable`, `postgres.Unavailable`, and what storing raises.
    """
    message = storable(message)
    message = replace(message, ref=ref_of(message))
    assert message.part
    key = Key(account_id, message.recipient, _label_sender(message.sender), message.part.group)
    # The text of a part may have its code, which no row holds in the clear
    sealed = vault.seal(orjson.dumps(asdict(message), default=bytes.hex).decode()).decode()
    values = {
        "account": account_id,
        "recipient": key.recipient,
        "sender": key.sender,
        "group": key.group,
        "index": message.part.index,
        "total": message.part.total,
        "ref": message.ref,
        "sealed": sealed,
    }
    await intake.load_policy()
    async with postgres.connection() as connection:
        if await (await connection.execute(_KEEP, values)).fetchone() != (True,):
            return StoreResult(Outcome.UNKNOWN_NUMBER)
        return await _join_parts(connection, key, partial=False) or StoreResult(Outcome.PART)


def join_due() -> int:
    """Store overdue messages as partial, and join what a crash left; return how many were stored."""
    return asyncio.run(_join_due())


def forget() -> int:
    """Delete parts that no carrier repeats any more; return how many."""
    deleted, _ = Part.objects.filter(received_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted


async def _join_due() -> int:
    try:
        await intake.load_policy()
        async with postgres.connection() as connection:
            cursor = await connection.execute(_DUE, [OPEN_FOR, PATIENCE, MOMENT])
            keys = [Key(*row) for row in await cursor.fetchall()]
        results = [await _join_safely(key) for key in keys]
        return sum(result is not None and result.outcome is Outcome.STORED for result in results)
    finally:
        for part in (intake, postgres, redis):
            await part.close()


async def _join_safely(key: Key) -> StoreResult | None:
    """Join the parts of one key on a connection of its own, so that its problems do not stop the others."""
    try:
        async with postgres.connection() as connection:
            return await _join_parts(connection, key, partial=True)
    except (Unstorable, Poisoned, Overloaded, postgres.Unavailable) as error:
        logger.warning("parts cannot be joined: %s", type(error).__name__)
        return None


async def _join_parts(
    connection: AsyncConnection[TupleRow], key: Key, *, partial: bool
) -> StoreResult | None:
    """Store what is whole, with `partial` also what is overdue; locked, as two parts may arrive at once."""
    result = None
    gone: dict[str, list[int]] = {}
    async with connection.transaction():
        # Otherwise two parts that arrive at once would both join the message. Seven bytes fit into the lock's
        # bigint.
        lock = int.from_bytes(vault.keyed_hash("parts", *map(str, _key_values(key)))[:7], "big")
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        for kept in await _read_groups(connection, key, partial=partial):
            whole = len(kept) >= kept[0].total
            if not (is_settled(kept, timezone.now()) if whole else partial and _is_overdue(kept)):
                continue
            message = _build_message({part.index: part.payload for part in kept}, kept[0].total, whole=whole)
            # Committed on another connection before this transaction: a kill in
            # between joins again, under the same derived id, and so stores once
            result = await intake.accept(key.account_id, message)
            ids, shown = [part.id for part in kept], max(part.message_id for part in kept)
            if result.outcome is Outcome.UNKNOWN_NUMBER:
                # The number is no longer ours: the parts stay sealed, but are not tried again
                await connection.execute(_CLOSED, [ids])
            elif whole:
                await connection.execute(_JOINED, [ids])
                await connection.execute("DELETE FROM inbox_code WHERE message_id = %s", [shown])
                # The partial message that visitors saw meanwhile is replaced by the whole one
                deleted = await connection.execute(_TAKEN_OFF, [shown])
                for (rental_id,) in await deleted.fetchall():
                    gone.setdefault(topic(key.recipient, rental_id), []).append(shown)
            else:
                await connection.execute(_SHOWN, [result.id, key.account_id, message.ref, ids])
    # After the commit and in a thread: notices go through Redis, which may be slow or away
    if gone:
        await asyncio.to_thread(notices.tell, "withheld", gone)
    return result


async def _read_groups(
    connection: AsyncConnection[TupleRow], key: Key, *, partial: bool
) -> list[list[StoredPart]]:
    """Read the open parts of a key by message; without `partial` only if one message may be whole."""
    values = [*_key_values(key), OPEN_FOR, MOST_OPEN]
    if not partial and await (await connection.execute(_HAS_WHOLE, values)).fetchone() == (False,):
        return []
    rows = await (await connection.execute(_OPEN, values)).fetchall()
    # 512 parts that do not fit together take 0.3 s: too long for the event loop
    return await asyncio.to_thread(lambda: by_message(_unseal_all(rows)))


def _unseal_all(rows: list[TupleRow]) -> list[StoredPart]:
    """Open the parts, in order of arrival; those that no key opens stay as they are until their key is back."""
    kept, unsealable = [], 0
    for row in reversed(rows):
        try:
            kept.append(_open_part(*row))
        except vault.Unsealable:
            unsealable += 1
    if unsealable:
        logger.warning("%d parts cannot be unsealed: their key is not in ENCRYPTION_KEYS", unsealable)
    return kept


def _open_part(
    part_id: int, index: int, total: int, received_at: datetime, sealed: str, message_id: int | None
) -> StoredPart:
    payload = orjson.loads(vault.unseal(sealed.encode()))
    sent_at = datetime.fromisoformat(payload["sent_at"]) if payload["sent_at"] else None
    return StoredPart(part_id, index, total, received_at, sent_at, payload, message_id or 0)


def _is_overdue(parts: list[StoredPart]) -> bool:
    """Whether nothing has come for `PATIENCE`, and nothing of the message is shown."""
    waited = timezone.now() - max(part.received_at for part in parts) >= PATIENCE
    return waited and not any(part.message_id for part in parts)


def _build_message(parts: dict[int, dict[str, Any]], total: int, *, whole: bool) -> Inbound:
    """Build the joined message; its id is derived from the parts that have arrived."""
    ordered = [parts[index] for index in sorted(parts)]
    first = ordered[0]
    body = join_text(parts, total)
    refs = "\n".join(part["ref"] for part in ordered)
    flags = list(dict.fromkeys(flag for part in ordered for flag in part["flags"]))
    sent_at = datetime.fromisoformat(first["sent_at"]) if first["sent_at"] else None
    message = Inbound(
        f"parts:{vault.keyed_hash('parts', refs).hex()}",
        first["sender"],
        first["recipient"],
        body,
        sent_at,
        segments=total,
        media=tuple(Media(**item) for part in ordered for item in part["media"]),
        flags=tuple(flags),
    )
    # Another id than the whole message's, or that would pass for a repetition of the partial one
    return message if whole else replace(message, ref=f"{message.ref}:some", flags=(*flags, Flag.PARTIAL))


def join_text(parts: dict[int, dict[str, Any]], total: int) -> str:
    """Join the text as far as it has arrived, with a `GAP` for each missing part.

    Consecutive parts are joined as bytes where the carrier passes on bytes, and decoded afterwards.
    """
    text = ""
    for has_come, indexes in groupby(range(1, total + 1), key=parts.__contains__):
        run = [parts.get(index) for index in indexes]
        text += (
            _join_run([part for part in run if part], torn=len(run) < total) if has_come else GAP * len(run)
        )
    return text


def _join_run(run: list[dict[str, Any]], *, torn: bool) -> str:
    """Join consecutive parts; a part without bytes contributes its text."""
    pieces = [
        (bytes.fromhex(part["part"].get("content", "")), part["part"].get("charset", "")) for part in run
    ]
    joined = charsets.join(pieces, torn=torn) if all(charset for _, charset in pieces) else None
    return "".join(part["body"] for part in run) if joined is None else joined


def _label_sender(sender: str) -> str:
    """Return the sender as the table has it: hashed if it is a name with digits, which may contain a code."""
    if (sender.isascii() and sender.removeprefix("+").isdigit()) or not any(map(str.isdigit, sender)):
        return sender
    return f"name:{vault.keyed_hash('sender of parts', sender).hex()}"


def _key_values(key: Key) -> list[Any]:
    return [key.account_id, key.recipient, key.sender, key.group]
