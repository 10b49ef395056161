"""One message on its way into the database, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from inbox import segments
from inbox.ingest import parting
from inbox.ingest.storable import Unstorable, ref_of, storable
from inbox.safety.policy import Policy
from numbers.carriers.base import Inbound
from tempsms.lib import vault

__all__ = ["Row", "Stored", "Unstorable", "prepare"]


@dataclass(slots=True)
class Row:
    """A message ready to be stored.

    `values` is what the statement reads; `whole` is the message as the API shows it, still without id and times.
    """

    account_id: int
    key: str
    values: dict[str, Any]
    whole: dict[str, Any]


class Stored(NamedTuple):
    """What became of a row: its id, or 0 when we had it already. `known` is false for a number not ours.

    A message is public, or a rental's, or for operators only.
    """

    known: bool
    id: int = 0
    public: bool = False
    rental_id: int | None = None
    received_at: datetime | None = None
    code_expires_at: datetime | None = None


def prepare(
    account_id: int,
    message: Inbound,
    policy: Policy,
    *,
    any_account: bool = False,
    arrived_at: datetime | None = None,
) -> Row:
    """Part the code from the text, count segments, hash the carrier's id; raises `Unstorable`.

    `any_account` delivers to a number with a public page, leased through whatever account, and to no other: captured
    messages have no carrier. `arrived_at` is when it reached its number, None for now.
    """
    message = storable(message)
    parted = _part(message)
    count = segments.count(message.body)
    key = vault.keyed_hash("seen", str(account_id), message.identity or message.ref).hex()
    code = parted.code
    withheld = policy.judge(message.body, message.sender, code)
    media = [{"url": item.url, "content_type": item.content_type} for item in message.media]
    common = {
        "segments": message.segments or count.segments,
        "encoding": count.encoding,
        "flags": list(message.flags),
        "media": media,
    }
    values = {
        **common,
        "account_id": account_id,
        "any_account": any_account,
        "key": key,
        "recipient": message.recipient,
        "sender": parted.sender,
        "ref": ref_of(message),
        "body": parted.body,
        "cuts": parted.cuts,
        "sealed": parted.sealed or None,
        "code_confidence": code.confidence if code else None,
        "code_reason": code.reason if code else "",
        "code_hash": vault.keyed_hash("code", message.recipient, code.value).hex() if code else None,
        "withheld": withheld,
        "sent_at": message.sent_at,
        "arrived_at": arrived_at,
    }
    whole = {
        "number": message.recipient,
        "direction": "in",
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        **common,
        **_codes(parted),
    }
    return Row(account_id, key, values, whole)


def _part(message: Inbound) -> parting.Parted:
    """The message with its codes cut out; hex has none, and what was cut from it would be lost."""
    if "binary" in message.flags:
        return parting.Parted(message.body, message.sender)
    return parting.part(message.body, message.sender, parting.GAP if parting.PARTIAL in message.flags else "")


def _codes(parted: parting.Parted) -> dict[str, Any]:
    """The code to offer, where it stands, and what is forgotten with it; still without the time."""
    code = parted.offered
    return {
        "code": {"value": code.value, "confidence": code.confidence, "reason": code.reason} if code else None,
        "code_spans": parted.marked,
        "sealed": {"body": parted.spans, "from": parted.sender_spans} if parted.sealed else None,
    }
