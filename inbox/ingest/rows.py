"""A message on its way into the database, and the result of storing it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from inbox import segments
from inbox.ingest.storable import Unstorable, ref_of, storable
from inbox.messages import code_cutting
from inbox.messages.flags import Flag
from inbox.messages.views import Code, WholeMessage
from inbox.safety.policy import Policy
from numbers.carriers.messages import Inbound
from tempsms.lib import vault

__all__ = ["Outcome", "Row", "StoreResult", "Unstorable", "prepare"]


class Outcome(Enum):
    """What became of a message that was handed in; the values label metrics."""

    STORED = "stored"
    REPEATED = "repeated"
    PART = "part"
    """Kept until the message is whole."""
    UNKNOWN_NUMBER = "unknown number"
    """Not kept: no live lease of its account has the number."""


class StoreResult(NamedTuple):
    """The outcome for a row; of a stored one its id, and who may see it: everybody, a rental, or operators only."""

    outcome: Outcome
    id: int = 0
    public: bool = False
    rental_id: int | None = None
    received_at: datetime | None = None
    code_expires_at: datetime | None = None


@dataclass(slots=True)
class Row:
    """A message ready to be stored: `values` are the statement's parameters."""

    account_id: int
    key: str
    values: dict[str, Any]
    message: Inbound
    cut_text: code_cutting.CutText

    def stored_as(self, stored: StoreResult) -> WholeMessage:
        """Return the message as it was stored."""
        assert stored.received_at
        offered = self.cut_text.offered
        return WholeMessage(
            id=stored.id,
            number=self.message.recipient,
            direction="in",
            sender=self.message.sender,
            body=self.message.body,
            received_at=stored.received_at,
            segments=self.values["segments"],
            encoding=self.values["encoding"],
            code=Code(offered.value, offered.confidence, offered.reason) if offered else None,
            code_spans=self.cut_text.marked,
            sealed_spans=self.cut_text.spans,
            sealed_sender_spans=self.cut_text.sender_spans,
            sealed_until=stored.code_expires_at if self.cut_text.sealed else None,
            flags=self.message.flags,
            media=self.values["media"],
        )


def prepare(
    account_id: int,
    message: Inbound,
    policy: Policy,
    *,
    any_account: bool = False,
    arrived_at: datetime | None = None,
) -> Row:
    """Cut codes out of the text, count segments, hash the carrier's id; raises `Unstorable`.

    `any_account` is for captured messages, which have no carrier: they reach numbers with a public page, whatever
    account leases them, and no others. `arrived_at` is when the message reached its number; None means now.
    """
    message = storable(message)
    cut_text = _cut_codes(message)
    count = segments.count(message.body)
    # Keyed, since the key outlives the message by a year and an identity may hold its text
    key = vault.keyed_hash("seen", str(account_id), message.identity or message.ref).hex()
    code = cut_text.code
    withheld = policy.judge(message.body, message.sender, code)
    media = [{"url": item.url, "content_type": item.content_type} for item in message.media]
    values = {
        # The carrier's own count comes first: it is what is billed
        "segments": message.segments or count.segments,
        "encoding": count.encoding,
        "flags": list(message.flags),
        "media": media,
        "account_id": account_id,
        "any_account": any_account,
        "key": key,
        "recipient": message.recipient,
        "sender": cut_text.sender,
        "ref": ref_of(message),
        "body": cut_text.body,
        "cuts": cut_text.cuts,
        "sealed": cut_text.sealed or None,
        "code_confidence": code.confidence if code else None,
        "code_reason": code.reason if code else "",
        # With the recipient, so that equal codes on two numbers have different hashes
        "code_hash": vault.keyed_hash("code", message.recipient, code.value).hex() if code else None,
        "withheld": withheld,
        "sent_at": message.sent_at,
        "arrived_at": arrived_at,
    }
    return Row(account_id, key, values, message, cut_text)


def _cut_codes(message: Inbound) -> code_cutting.CutText:
    """Cut the codes out of a message; not out of hex, where digits are not a code."""
    if Flag.BINARY in message.flags:
        return code_cutting.CutText(message.body, message.sender)
    return code_cutting.cut(
        message.body, message.sender, code_cutting.GAP if Flag.PARTIAL in message.flags else ""
    )
