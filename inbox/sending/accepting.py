"""Accepts messages to be sent: checks them, reserves their price within every ceiling, and writes them down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import orjson
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inbox import segments
from inbox.api import keys
from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem, invalid
from inbox.sending import recipients, senders
from inbox.sending.models import OutgoingMessage
from inbox.sending.senders import Sender
from numbers import ledger, spending
from numbers.models import Account, Lease
from numbers.spending import Ceiling
from tempsms.lib import vault

MOST_SEGMENTS = 10
VALID_FOR = timedelta(hours=4)
FURTHEST = timedelta(days=35)
"""How far ahead a message may be scheduled."""
KEPT = timedelta(days=30)
"""How long a text is kept after it was sent; its row stays for the books."""
NOT_REAL = "simulated"
"""The carrier whose messages reach nobody's phone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message as it is asked for; without `sender` one is chosen.

    One that is `secret` has a code of ours: it comes from a number that was never public, and is shown to nobody.
    """

    recipient: str
    body: str
    sender: str = ""
    media: tuple[str, ...] = ()
    send_at: datetime | None = None
    valid_for: timedelta = VALID_FOR
    secret: bool = False


def accept(principal: Principal, wanted: Wanted) -> OutgoingMessage:
    """Write down a message to be sent, in the caller's transaction; raises `Problem`. A worker sends it."""
    now = timezone.now()
    _check_time(wanted, now)
    country = recipients.find_country(wanted.recipient)
    sender = senders.choose(principal, wanted.sender, wanted.recipient, country, secret=wanted.secret)
    # Only now: the sender decides the carrier, and the simulated one may send to numbers that nobody has
    recipients.check(wanted.recipient, real=sender.account.carrier != NOT_REAL)
    count = segments.count(wanted.body)
    if count.segments > MOST_SEGMENTS:
        raise invalid("body", f"has {count.segments} segments; at most {MOST_SEGMENTS} are allowed")
    price = estimate(sender, count.segments)
    # The payers stay locked until the caller's transaction ends: if the message is not written after all,
    # nothing is reserved
    reason = spending.reserve(
        price, sender.account.currency, _list_ceilings(principal, sender.account, now), now.date()
    )
    if reason:
        raise Problem(Code.BUDGET_EXCEEDED, reason)
    due = wanted.send_at or now
    message = OutgoingMessage.objects.create(
        owner=principal.owner,
        account=sender.account,
        number_id=sender.number_id,
        sender=sender.text,
        recipient=wanted.recipient,
        sealed=seal(wanted.body, wanted.media),
        encoding=count.encoding,
        # a message of files alone is paid as one
        segments=max(count.segments, 1),
        price=price,
        currency=sender.account.currency,
        priced_on=now.date(),
        send_at=wanted.send_at,
        due_at=due,
        secret=wanted.secret,
        valid_until=due + wanted.valid_for,
        forget_at=due + KEPT,
    )
    message.refresh_from_db()
    if wanted.send_at is None:
        # Not before: a worker would not see the row yet
        transaction.on_commit(wake)
    return message


def wake() -> None:
    """Wake a worker; with the broker away, beat does so within seconds."""
    try:
        # Beat wakes a worker every second: a call that nobody has taken after five is worth nothing
        current_app.send_task("inbox.sending.tasks.send", expires=5, retry=False)
    except Exception:  # the row is the record: whatever the broker says, it is sent
        return


def seal(body: str, media: tuple[str, ...]) -> bytes:
    """A text and the addresses of its files, as they are stored."""
    return vault.seal_bytes(orjson.dumps({"body": body, "media": media}))


def unseal(message: OutgoingMessage) -> tuple[str, tuple[str, ...]]:
    """The text and the files of a message; empty once they are forgotten. Raises `Unsealable`."""
    if not message.sealed:
        return "", ()
    found = orjson.loads(vault.unseal_bytes(bytes(message.sealed)))
    return found["body"], tuple(found["media"])


def estimate(sender: Sender, count: int) -> Decimal:
    """The expected price of a message of so many segments."""
    return sender.price * max(count, 1)


def _check_time(wanted: Wanted, now: datetime) -> None:
    if wanted.send_at is None:
        return
    if wanted.send_at <= now:
        raise invalid("send_at", "is in the past")
    if wanted.send_at > now + FURTHEST:
        raise invalid("send_at", f"is more than {FURTHEST.days} days ahead")


def _list_ceilings(principal: Principal, account: Account, now: datetime) -> list[Ceiling]:
    """The ceilings of the site, of the account, and of the key; with what each spends on numbers."""
    today, currency = now.date(), settings.API_MONTHLY_CEILING_CURRENCY
    own = Lease.objects.filter(owner=principal.owner)
    of_account = Ceiling(
        spending.payer_of_account(account.pk),
        "the account's ceiling",
        account.currency,
        account.monthly_ceiling,
        # without a ceiling nobody compares the sum
        besides=Decimal(0)
        if account.monthly_ceiling is None
        else ledger.account_spending(account, today, sending=False),
    )
    return [
        Ceiling(spending.SITE, "SEND_DAILY_CEILING", currency, daily=settings.SEND_DAILY_CEILING),
        of_account,
        Ceiling(
            principal.owner,
            "the key's ceiling",
            currency,
            keys.find_ceiling(principal),
            besides=ledger.lease_spending(own, today),
        ),
    ]
