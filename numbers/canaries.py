"""Canaries: scheduled test messages to our own numbers from another account, to see whether they arrive.

Only accounts with a `canary_sender` send them, within their ceilings. A canary is recorded before it is sent, and
sent at most once: without a clear answer it counts as paid for, and the next one is sent when it is due.
"""

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from numbers import carriers, ledger
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CarrierError, Rejected, Unsupported
from numbers.carriers.messages import Outgoing
from numbers.models import Account, Canary, Lease, Number, Rental
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)

State = Canary.State
LOST_AFTER = timedelta(hours=1)
BATCH = 20
# Plain words: a canary must not look like a one-time code, which some carriers blank
_TEXT = "tempsms canary {word}"
_WORD = re.compile(r"\btempsms canary ([a-z]{16})\b")


def send_due(now: datetime) -> int:
    """Send a canary to every active number that had none for `CANARY_EVERY`; return how many were sent."""
    mark_overdue(now)
    recent = Canary.objects.filter(number=OuterRef("number"), sent_at__gt=now - settings.CANARY_EVERY)
    due = _find_targets().exclude(Exists(recent)).order_by("pk")[:BATCH]
    return sum(send(lease) for lease in due)


def send(lease: Lease) -> bool:
    """Send one canary to a leased number if an account may; return whether it was sent."""
    return not try_to_send(lease)


def try_to_send(lease: Lease) -> str:
    """Send one canary to a leased number; return why none was sent, or an empty string."""
    reasons = []
    for account in _find_senders(lease):
        begun = _record_canary(lease.number, account)
        if isinstance(begun, Canary):
            return "" if _send_canary(begun) else f"{account}: {begun.problem}"
        reasons.append(f"{account}: {begun}")
    return "; ".join(reasons) or "no other account has a number that sends test messages"


def reason_not_to_send(account: Account) -> str:
    """Why an account with a canary sender cannot send; empty if it can, or has none."""
    if not account.canary_sender:
        return ""
    if Feature.SEND not in carriers.features(account.carrier):
        return "sending is not supported for this carrier"
    if account.canary_sender.startswith("+"):
        own = account.leases.shown().filter(number__e164=account.canary_sender)
        if not own.exists():
            return f"{account.canary_sender} is not an active number of this account"
    return "the monthly ceiling is reached" if _is_over_ceiling(account) else ""


def _is_over_ceiling(account: Account) -> bool:
    """Whether another canary would exceed an account's ceiling."""
    if account.monthly_ceiling is None:
        return False
    spent = ledger.account_spending(account, timezone.now().date())
    return spent + account.canary_price > account.monthly_ceiling


def expected_price(lease: Lease) -> tuple[Decimal, str]:
    """What a canary to this number would cost: zero if no account may send one."""
    sender = next(iter(_find_senders(lease)), None)
    return (sender.canary_price, sender.currency) if sender else (Decimal(0), lease.currency)


def mark_arrived(texts: Iterable[tuple[int, str, datetime]]) -> int:
    """Mark the canaries among messages (number, text, time) as seen; return how many."""
    seen = 0
    for number_id, text, at in texts:
        if found := _WORD.search(text):
            # By `seen_at`, not by state: one that arrives after
            # it was given up for lost has arrived after all
            waiting = Canary.objects.filter(number_id=number_id, word=found[1], seen_at=None)
            seen += waiting.update(state=State.SEEN, seen_at=at)
    return seen


def mark_overdue(now: datetime) -> int:
    """Mark overdue canaries as lost, or as uncertain if sending was interrupted; return how many."""
    old = Canary.objects.filter(sent_at__lt=now - LOST_AFTER)
    interrupted = old.filter(state=State.SENDING).update(
        state=State.UNCERTAIN, problem="sending was interrupted"
    )
    return interrupted + old.filter(state=State.SENT).update(state=State.LOST)


def _find_targets() -> QuerySet[Lease]:
    """Active leases whose numbers are not rented: a canary must not appear among a customer's messages."""
    rented = Rental.objects.running().filter(number=OuterRef("number"))
    active = Lease.objects.filter(state=Lease.State.ACTIVE, account__enabled=True)
    return active.exclude(Exists(rented)).select_related("number", "account")


def _find_senders(lease: Lease) -> list[Account]:
    """Other accounts that may send to a number, those at other carriers first."""
    senders = Account.objects.enabled().exclude(canary_sender="").exclude(pk=lease.account_id)
    able = [account for account in senders if Feature.SEND in carriers.features(account.carrier)]
    return sorted(able, key=lambda account: (account.carrier == lease.account.carrier, account.pk))


@transaction.atomic
def _record_canary(number: Number, account: Account) -> Canary | str:
    """Record a canary; return why not if the ceiling is reached or one is in progress."""
    # The account's lock makes two senders count each other's canaries towards the ceiling
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if _is_over_ceiling(account):
        return "the monthly ceiling is reached"
    canary = Canary(number=number, account=account, price=account.canary_price, currency=account.currency)
    try:
        # A savepoint: the constraint (one open canary per number) may refuse the row, and the lock must stay
        with transaction.atomic():
            canary.save()
    except IntegrityError:
        return "another test message is in progress"
    return canary


def _send_canary(canary: Canary) -> bool:
    """Send a recorded canary and record how that went; return whether it is on its way."""
    account = canary.account
    message = Outgoing(account.canary_sender, canary.number.e164, _TEXT.format(word=canary.word))
    state = State.SENT
    changes: dict[str, Any] = {}
    try:
        with carriers.connect(account.carrier, account.secrets) as api:
            # A kill here leaves the row in `sending`: it counts
            # as paid, and `mark_overdue` makes it uncertain
            sent = api.send(message)
        changes["carrier_ref"] = sent.ref
        # The ceiling is in the account's currency: in any other the expected price stays
        if sent.price is not None and sent.currency == account.currency:
            changes["price"] = sent.price
    except (Rejected, Unsupported, Unsealable) as error:
        # A refused message costs nothing, so it does not count towards the ceiling
        state, changes = State.REFUSED, {"problem": str(error), "price": 0}
    except CarrierError as error:
        # Errors that may be retried were raised before anything was sent
        unsent = getattr(error, "retry", False)
        state = State.REFUSED if unsent else State.UNCERTAIN
        changes = {"problem": str(error), **({"price": 0} if unsent else {})}
    # it may arrive before the carrier's answer to the call
    Canary.objects.filter(pk=canary.pk).update(**changes)
    Canary.objects.filter(pk=canary.pk, state=State.SENDING).update(state=state)
    canary.problem = changes.get("problem", "")
    if state is not State.SENT:
        logger.warning(
            "test message to number %s through %s failed: %s", canary.number_id, account, changes["problem"]
        )
    return state is State.SENT
