"""A carrier inside the product, for demonstrations and tests: it sells fictional numbers and posts signed webhooks."""

import hmac
import secrets as random
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from numbers.carriers.contract import (
    Answer,
    Carrier,
    Feature,
    Purpose,
    Request,
    Secrets,
)
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.settings import Setting, anything, number, one_of, optional
from numbers.carriers.toolkit import authentication, payloads, signatures

T = TypeVar("T")

SIGNATURE_HEADER = "X-Simulated-Signature"
LONGEST_ORDER = 10.0

_STATUSES = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
}


class Simulated(Carrier):
    """Set-up of a simulated account

    Nothing to set up: an account automatically gets a `signing_key` and, as `books`, a file for the carrier's books.
    Numbers are from ranges reserved for fiction and cost no real money; sent messages arrive if the number has an
    owner. An account with `blind` set to yes buys as at AWS: numbers of the carrier's choice, at their maximum price.
    `manage.py simulate` sends messages to every number bought; it signs them with the first signing key and retries
    for a day until the answer is 2xx. To rotate the key, put the new one before the old one.
    """

    name = "simulated"
    title = "Simulated carrier"
    lacks = {Feature.MEDIA: "it has texts only"}
    settings = (
        Setting("signing_key", "key that signs webhooks; two while you rotate it", anything),
        Setting("books", "path of the SQLite file with the carrier's books", anything),
        optional(
            "order_seconds", "seconds that a purchase takes, up to 10 (default: 0)", number(LONGEST_ORDER)
        ),
        optional("blind", "yes: the carrier chooses the numbers", one_of(("yes", "no"))),
        optional("faults", "share of calls that fail, from 0 to 1, for drills", number(1)),
    )

    @staticmethod
    def defaults(var: Path) -> dict[str, str]:
        """Settings of a new account: a key of its own, and books that all accounts share."""
        return {"signing_key": random.token_hex(32), "books": str(var / "simulated.sqlite3")}

    proof_headers = frozenset({"authorization", SIGNATURE_HEADER.lower()})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the signature over time and body, then that the time is at most 300 s off."""
        given = [part.partition("=")[::2] for part in request.header(SIGNATURE_HEADER).split(",")]
        sent = next((value for name, value in given if name == "t"), "")
        if not sent:
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "signing_key")
        expected = [signature(key, sent, request.body).encode() for key in keys]
        if not any(signatures.matches(value, expected) for name, value in given if name == "v1"):
            raise BadSignature("signature")
        authentication.check_age(sent, now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A message `{"id", "from", "to", "text", "segments", "sent_at"}`, or a receipt `{"id", "status", ...}`."""
        payload = payloads.json_object(request.body)
        ref = payloads.needed(payload, "id", longest=payloads.LONGEST_REF)
        if "status" in payload:
            word = payloads.needed(payload, "status")
            status, error = _STATUSES.get(word, Status.UNKNOWN), payloads.word(payload.get("error_code"))
            return [Receipt(ref, status, word, error, payloads.time(payload.get("at")))]
        text = payload.get("text")
        if not isinstance(text, str):
            raise Unparsable("no text")
        return [
            Inbound(
                ref,
                payloads.needed(payload, "from"),
                payloads.needed(payload, "to"),
                text,
                payloads.time(payload.get("sent_at")),
                payloads.count(payload.get("segments")),
            )
        ]

    def answer(self, purpose: Purpose) -> Answer:
        """Any 2xx will do."""
        return Answer(204)


def signature(key: str, sent: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over the time (Unix seconds as text), a dot, and the body."""
    return hmac.digest(key.encode(), sent.encode(errors="replace") + b"." + body, "sha256").hex()


def signature_header(key: str, sent: int, body: bytes) -> dict[str, str]:
    """The header that signs this body at this time."""
    return {SIGNATURE_HEADER: f"t={sent},v1={signature(key, str(sent), body)}"}
