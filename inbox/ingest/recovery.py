"""Recovers messages that never arrived by webhook: reads the carrier's message log since the last agreed point.

The log and the webhooks identify a message by the same id, so messages that we have are left out by their dedupe key.
The agreed point moves only when the whole log is on disk. Each reading starts a little before that point, because logs
may list a message late.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded, Poisoned, in_slices
from inbox.ingest.rows import Outcome
from inbox.ingest.storable import Unstorable
from inbox.messages.flags import Flag
from inbox.models import Message
from numbers import accounts, carriers
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, CarrierError
from numbers.carriers.messages import Inbound
from numbers.models import Account, Rental
from tempsms.lib import postgres, redis
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=15)
BEFORE_ANY_RENTAL = datetime.min.replace(tzinfo=UTC)  # earlier than any rental: the message is nobody's


def recover_all() -> int:
    """Reconcile every enabled account whose carrier lists messages; return how many were recovered."""
    recovered, _ = recover_each()
    return recovered


def recover_each() -> tuple[int, dict[Account, str]]:
    """Reconcile every enabled account whose carrier lists messages.

    How many messages were recovered, and the accounts whose log could not be read or stored, with the reason.
    An account without leases that lacks the settings for calls has nothing to recover, and does not fail.
    """
    recovered, failed = 0, {}
    for account in Account.objects.enabled():
        if Feature.MESSAGES in carriers.features(account.carrier):
            try:
                recovered += recover(account)
            except CarrierError as error:
                if not accounts.needs_no_calls(account, error):
                    logger.warning("messages of %s could not be listed: %s", account, error)
                    failed[account] = str(error)
            except (Overloaded, Unavailable) as error:
                logger.warning("messages of %s were not stored: %s", account, type(error).__name__)
                failed[account] = f"the messages could not be stored: {type(error).__name__}"
            except Exception as error:  # a bug in one adapter must not stop the other accounts
                logger.exception("messages of %s could not be recovered", account)
                failed[account] = f"internal error, see the log: {type(error).__name__}"
                Account.objects.filter(pk=account.pk).update(log_problem=failed[account])
    return recovered, failed


def recover(account: Account) -> int:
    """Reconcile one account; return how many messages had never arrived.

    Raises what listing and storing raise; an error of listing is also recorded.
    """
    now = timezone.now()
    since = _start_of_reading(account, now)
    try:
        with carriers.connect(account.carrier, account.secrets) as api:
            # The whole log before anything is stored: a log that breaks off must not move the agreed point
            listed = list(api.messages(since - api.clock_error))
    except CallFailed as error:
        problem = "" if accounts.needs_no_calls(account, error) else str(error)
        Account.objects.filter(pk=account.pk).update(log_problem=problem)
        raise
    ordered = _sort_by_sending(listed, now)
    arrivals = _estimate_arrivals(ordered, account, since, now, own_clock=bool(api.clock_error))
    recovered = asyncio.run(_store_all(account.pk, zip(ordered, arrivals, strict=True))) if listed else 0
    # `now` is from before the reading began: what arrived meanwhile is read the next time
    account.agreed_until, account.log_problem = now, ""
    account.save(update_fields=["agreed_until", "log_problem"])
    if recovered:
        logger.warning("%d messages of %s had never arrived by webhook", recovered, account)
    return recovered


def _start_of_reading(account: Account, now: datetime) -> datetime:
    """Return the time from which to read a log: a little before the agreed point, within the messages' retention."""
    earliest = now - settings.MESSAGE_RETENTION
    agreed = account.agreed_until or account.created_at
    if agreed > now:  # written by a clock that was set back since: the true time is unknown
        return earliest
    return max(agreed - OVERLAP, earliest)


def _sort_by_sending(listed: list[Inbound], now: datetime) -> list[Inbound]:
    """Sort messages by time of sending: logs list the newest first, and ids follow the order of storing."""
    return sorted(listed, key=lambda message: message.sent_at or now)


def _estimate_arrivals(
    messages: list[Inbound], account: Account, since: datetime, now: datetime, *, own_clock: bool
) -> list[datetime]:
    """When messages reached their numbers, to assign them to rentals.

    A message that is new in the log arrived since the agreed point. Where its own time is not evidence (there is none,
    it is in the future, or a phone's clock says it was before that point) it belongs to the only rental of that period;
    where there were two, nobody knows whose it is, and it is for operators only. So it is where a phone's clock may be
    wrong by enough to take the message from one rental to another.
    """
    # A carrier's clock is believed however old the message; a phone's clock only within the time in question
    believed_from = since if own_clock else BEFORE_ANY_RENTAL
    meanwhile = Rental.objects.filter(
        number__leases__account=account, cancelled=False, during__overlap=TimestamptzRange(since, now, "[]")
    ).distinct()
    rented: dict[str, list[tuple[datetime, datetime]]] = {}
    for e164, during in meanwhile.values_list("number__e164", "during"):
        rented.setdefault(e164, []).append((max(since, during.lower), during.upper))

    def arrival(message: Inbound) -> datetime:
        rentals = rented.get(message.recipient, [])
        if message.sent_at and believed_from <= message.sent_at <= now:
            sure = not own_clock or len(rentals) < 2 or _is_sure(message, rentals)
            return message.sent_at if sure else BEFORE_ANY_RENTAL
        return rentals[0][0] if len(rentals) == 1 else BEFORE_ANY_RENTAL

    return [arrival(message) for message in messages]


def _is_sure(message: Inbound, rentals: list[tuple[datetime, datetime]]) -> bool:
    """Whether a phone's clock, as wrong as it has been lately, leaves a message to one of the rentals at most."""
    assert message.sent_at
    error = _measure_clock_error(message.recipient)
    first, last = message.sent_at - error, message.sent_at + error
    return sum(begin <= last and first < end for begin, end in rentals) < 2


def _measure_clock_error(e164: str) -> timedelta:
    """How far the times of the newest messages were from their arrival by webhook; `OVERLAP` if there are none."""
    newest = Message.objects.filter(number__e164=e164, sent_at__isnull=False).order_by("-pk")
    times = newest.values_list("received_at", "sent_at", "flags")[:20]
    by_webhook = [(arrived, sent) for arrived, sent, flags in times if sent and Flag.RECOVERED not in flags]
    return max((abs(arrived - sent) for arrived, sent in by_webhook[:5]), default=OVERLAP)


async def _store_all(account_id: int, found: Iterable[tuple[Inbound, datetime]]) -> int:
    """Store all messages, whatever their times, as a phone's clock may be hours off; return how many were new."""
    try:
        await intake.probe()  # reads the rules, so that each slice is one batch, in its order
        stored = 0
        for some in in_slices(found):
            stored += sum(await asyncio.gather(*(_store_one(account_id, *one) for one in some)))
        return stored
    finally:
        for part in (intake, postgres, redis):
            await part.close()


async def _store_one(account_id: int, message: Inbound, arrived_at: datetime) -> int:
    flagged = replace(message, flags=(*message.flags, Flag.RECOVERED))
    try:
        result = await intake.accept(account_id, flagged, arrived_at=arrived_at)
    except (Unstorable, Poisoned) as error:
        logger.warning("a listed message cannot be stored: %s", error)
        return 0
    return int(result.outcome is Outcome.STORED)
