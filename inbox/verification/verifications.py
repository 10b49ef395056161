"""Starts verifications, sends their codes again, and checks them: each is approved at most once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone

from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem
from inbox.sending import accepting, recipients, senders
from inbox.sending.accepting import Wanted
from inbox.verification import codes, guards, texts
from inbox.verification.codes import Alphabet
from inbox.verification.models import SentCode, Verification

State = Verification.State
LASTS = timedelta(minutes=10)
MOST_CHECKS = 5
MOST_SENDS = 5
_PAUSES = [timedelta(seconds=seconds) for seconds in (30, 60, 120, 300)]
"""Between the sendings of one code."""
# A try is counted, judged and reported to the guards at once: two requests cannot share one
_CHECK = """
WITH tried AS (
    UPDATE verification_verification SET
        checks = checks + 1,
        state = CASE
            WHEN %(hash)s IN (code_hash, earlier_hash) THEN %(approved)s
            WHEN checks + 1 >= %(most)s THEN %(failed)s ELSE state END,
        ended_at = CASE
            WHEN %(hash)s IN (code_hash, earlier_hash) OR checks + 1 >= %(most)s THEN now() END
    WHERE id = %(id)s AND owner = %(owner)s AND state = %(pending)s AND expires_at > now()
    RETURNING id, state
), counted AS (
    UPDATE verification_sentcode SET approved = true
    WHERE verification_id = (SELECT id FROM tried WHERE state = %(approved)s)
)
SELECT state FROM tried
"""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a code and its message are made."""

    language: str = "en"
    brand: str = "our"
    host: str = ""
    app_hash: str = ""
    length: int = 6
    alphabet: Alphabet = "digits"


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that somebody wants sent; without `sender` one is chosen."""

    recipient: str
    wording: Wording
    sender: str = ""


def start(principal: Principal, asked: Asked) -> Verification:
    """Start a verification and send its code, in the caller's transaction; raises `Problem`."""
    now = timezone.now()
    verification = Verification(
        id=uuid4(),
        owner=principal.owner,
        recipient=asked.recipient,
        wording={**_as_json(asked.wording), "sender": asked.sender},
        created_at=now,
        expires_at=now + LASTS,
    )
    _send_code(principal, verification, now)
    return verification


def resend(principal: Principal, verification_id: UUID) -> Verification | None:
    """Send a new code for a verification, in the caller's transaction; None if there is none. Raises `Problem`."""
    # Locked, so that of two requests at once the second finds the pause that the first has set
    found = Verification.objects.select_for_update(no_key=True).filter(
        owner=principal.owner, pk=verification_id
    )
    verification = found.first()
    if verification is None:
        return None
    now = timezone.now()
    if state_of(verification, now) != State.PENDING or verification.sends >= MOST_SENDS:
        raise Problem(
            Code.TOO_LATE, f"it is {state_of(verification, now)}, and was sent {verification.sends} times"
        )
    if now < verification.next_send_at:
        wait = max(1, round((verification.next_send_at - now).total_seconds()))
        raise Problem(Code.TOO_MANY_CODES, "a code was sent a moment ago", headers={"Retry-After": str(wait)})
    _send_code(principal, verification, now)
    return verification


def check(owner: str, verification_id: UUID, typed: str) -> bool:
    """Whether this is the code, which is then used up. What is unknown, over or wrong is False, in the same time."""
    # The code is hashed before anybody knows whether there is one to compare: the time tells nothing
    values: dict[str, Any] = {
        "id": verification_id,
        "owner": owner,
        "hash": codes.hash_code(verification_id, codes.read(typed)),
        "most": MOST_CHECKS,
        "pending": State.PENDING,
        "approved": State.APPROVED,
        "failed": State.FAILED,
    }
    with connection.cursor() as cursor:
        # One statement: of many who type the code at once, one sees it pending
        cursor.execute(_CHECK, values)
        row = cursor.fetchone()
    return row is not None and row[0] == State.APPROVED


def cancel(owner: str, verification_id: UUID) -> Verification | None:
    """End a verification; None if there is none."""
    found = Verification.objects.filter(owner=owner, pk=verification_id)
    # One that was approved a moment ago stays approved
    found.filter(state=State.PENDING).update(state=State.CANCELED, ended_at=timezone.now())
    return found.first()


def state_of(verification: Verification, now: datetime) -> str:
    """The state of a verification, which may have expired."""
    over = verification.state == State.PENDING and verification.expires_at <= now
    return State.EXPIRED if over else verification.state


def forget() -> int:
    """Delete verifications of a month ago, and count no more what was sent; return how many."""
    old = timezone.now() - timedelta(days=30)
    SentCode.objects.filter(at__lt=old).delete()
    deleted, _ = Verification.objects.filter(created_at__lt=old).delete()
    return deleted


def _send_code(principal: Principal, verification: Verification, now: datetime) -> None:
    """Draw a code, have it sent, and save the verification."""
    country = recipients.find_country(verification.recipient)
    wording = Wording(**{name: value for name, value in verification.wording.items() if name != "sender"})
    # Before anything is counted: two requests would both see room for one more
    guards.lock_person(verification.recipient)
    _check_country(principal, verification, country)
    guards.check(principal.owner, verification.recipient, country, now)
    code = codes.draw(wording.length, wording.alphabet)
    text = texts.write(code, wording.language, wording.brand, wording.host, wording.app_hash)
    # A code that is no longer valid must not arrive
    left = verification.expires_at - now
    accepting.accept(
        principal,
        Wanted(verification.recipient, text, verification.wording["sender"], valid_for=left, secret=True),
    )
    # Carriers may deliver the first code after the second, and people type what they see last
    verification.earlier_hash = verification.code_hash
    verification.code_hash = codes.hash_code(verification.pk, code)
    verification.next_send_at = now + _PAUSES[min(verification.sends, len(_PAUSES) - 1)]
    verification.sends += 1
    verification.save()
    SentCode.objects.create(
        verification=verification,
        owner=principal.owner,
        person=guards.hash_person(verification.recipient),
        prefix=guards.hash_prefix(verification.recipient),
        country=country,
    )


def _check_country(principal: Principal, verification: Verification, country: str) -> None:
    """Raise `Problem` unless codes may go to a country: nowhere, until an operator says where."""
    sender = senders.choose(
        principal, verification.wording["sender"], verification.recipient, country, secret=True
    )
    if sender.account.carrier != accepting.NOT_REAL and country not in settings.VERIFY_COUNTRIES:
        raise Problem(Code.COUNTRY_NOT_ALLOWED, f"VERIFY_COUNTRIES does not have {country or 'this number'}")


def _as_json(wording: Wording) -> dict[str, str | int]:
    return {name: getattr(wording, name) for name in Wording.__slots__}
