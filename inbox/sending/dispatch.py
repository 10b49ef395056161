"""Sends what is due: once, whatever is killed.

A message is `sending` before its carrier is called, in a transaction of its own. Whoever finds it so later knows that
the worker was killed in between, and cannot know whether the carrier heard of it: it becomes `uncertain`, and is not
sent again. Only what a carrier has refused, or never heard of, is tried once more.
"""

import logging
from collections import Counter, defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from uuid import uuid4

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from inbox.sending import accepting, opt_outs, outcomes, pace, turns
from inbox.sending.models import OutgoingMessage, Route, in_sql
from inbox.sending.outcomes import Outcome, State
from numbers import carriers
from numbers.carriers.contract import Api
from numbers.carriers.errors import CallFailed, CarrierError, Rejected, Uncertain
from numbers.carriers.leasing import Kind
from numbers.carriers.messages import Outgoing
from numbers.models import Number
from tempsms.lib import effects
from tempsms.lib.effects import BackOff
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)

TURN = 20.0  # seconds
AT_ONCE = 24
AT_ONCE_PER_ACCOUNT = 12
"""Calls under way to one account: a carrier that hangs must not keep the others from theirs."""
LOST_AFTER = timedelta(seconds=90)
"""Longer than a call takes: then its worker is gone."""
LOOK_EVERY = 0.2  # seconds
SETTLED_WITHIN = 45.0
"""Seconds for which a worker goes on trying to write what it knows; with the call less than `LOST_AFTER`."""
BACK_OFF = BackOff(timedelta(seconds=5), timedelta(minutes=15))
_SOON = timedelta(milliseconds=200)
OLDEST_DUE = (
    f"SELECT min(due_at) FROM sending_outgoingmessage WHERE state IN {in_sql(*OutgoingMessage.OPEN)}"  # noqa: S608
    " AND due_at <= now()"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A message that is to be sent now; nobody else sends it."""

    message: OutgoingMessage
    outgoing: Outgoing


class Turn:
    """A worker's turn: threads that call carriers, and one that asks the database."""

    def __init__(self, seconds: float) -> None:
        self.worker = uuid4()
        self._ends_at = monotonic() + seconds
        self._renewed_at = monotonic()
        self._under_way: dict[Future[Outcome], Call] = {}
        self._apis: dict[int, Api] = {}
        self._sent = 0

    def run(self) -> int:
        """Send what is due until there is nothing, or the turn is over; return how many messages were attempted."""
        with ThreadPoolExecutor(AT_ONCE, "sending") as pool:
            try:
                while self._begin_calls(pool) or self._under_way:
                    wait(self._under_way, LOOK_EVERY, FIRST_COMPLETED)
                    self._settle_finished()
            finally:
                # A call that has begun cannot be taken back: its outcome is written, also after an error
                wait(self._under_way)
                self._settle_finished()
                for api in self._apis.values():
                    api.http.close()
        return self._sent

    def _begin_calls(self, pool: ThreadPoolExecutor) -> bool:
        """Claim messages and have them sent; return whether there were any."""
        room = AT_ONCE - len(self._under_way)
        if monotonic() >= self._ends_at or room <= 0 or not self._keep_turn():
            return False
        under_way = Counter(call.message.account_id for call in self._under_way.values())
        full = [account for account, count in under_way.items() if count >= AT_ONCE_PER_ACCOUNT]
        claimed, calls = claim(room, full)
        for call in calls:
            self._under_way[pool.submit(_perform, self._open_api(call.message), call)] = call
        self._sent += len(calls)
        return claimed > 0

    def _keep_turn(self) -> bool:
        """Say that this worker is alive; return False if it said so too late, and another has the turn now."""
        if monotonic() - self._renewed_at < turns.RENEWED_EVERY:
            return True
        self._renewed_at = monotonic()
        # The time is set before the question: a slow answer must not make the next one late
        return turns.take(self.worker)

    def _open_api(self, message: OutgoingMessage) -> Api:
        if message.account_id not in self._apis:
            account = message.account
            # One for a whole turn: connections to the carrier are used again
            self._apis[message.account_id] = carriers.connect(account.carrier, account.secrets)
        return self._apis[message.account_id]

    def _settle_finished(self) -> None:
        finished = [future for future in self._under_way if future.done()]
        if finished:
            # Forgotten only once it is written: if that fails, `run` tries again at its end
            _insist_on_settling([(self._under_way[one].message, one.result()) for one in finished])
        for future in finished:
            del self._under_way[future]


def send_due(seconds: float = TURN) -> int:
    """Have a turn; return how many messages were attempted. One worker at a time has one: it has threads enough.

    So a carrier that hangs never holds more than one of the processes that do everything else, too.
    """
    turn = Turn(seconds)
    if not turns.take(turn.worker):
        return 0
    try:
        return turn.run()
    finally:
        # else it ends by itself, soon
        with suppress(DatabaseError):
            turns.give_back(turn.worker)


def _insist_on_settling(found: list[tuple[OutgoingMessage, Outcome]]) -> None:
    """Write outcomes, also when PostgreSQL is away for a while: unwritten, they would be uncertain for ever."""
    deadline = monotonic() + SETTLED_WITHIN
    while True:
        try:
            outcomes.settle(found)
            return
        except (OperationalError, InterfaceError):
            if monotonic() >= deadline:
                raise
            # Django would use the broken connection for the next try, too
            connection.close()
            sleep(LOOK_EVERY)


@transaction.atomic
def claim(most: int, full_accounts: list[int]) -> tuple[int, list[Call]]:
    """Claim due messages; return how many there were, and those to be sent now, which are `sending` already.

    What may not be sent any more is settled.
    """
    # Full accounts are left out here, so that their messages do not fill the claim in place of others'
    due = OutgoingMessage.objects.filter(state__in=OutgoingMessage.OPEN).exclude(account__in=full_accounts)
    rows = effects.claim(due.select_related("account"), lambda _: LOST_AFTER, most)
    now = timezone.now()
    # Asked once more: who has written STOP since a message was accepted does not get it
    opted_out = opt_outs.find({row.recipient for row in rows})
    ended, fit = [], []
    for row in rows:
        reason = _find_end(row, opted_out, now)
        if reason:
            ended.append((row, reason))
        else:
            fit.append(row)
    outcomes.settle(ended)
    calls = _prepare_calls(
        # these have waited for their turn, and need no second one
        [row for row in fit if row.paced] + _take_turns([row for row in fit if not row.paced], now)
    )
    OutgoingMessage.objects.filter(pk__in=[call.message.pk for call in calls]).update(state=State.SENDING)
    return len(rows), calls


def _find_end(row: OutgoingMessage, opted_out: set[str], now: datetime) -> Outcome | None:
    """Why a claimed message is not sent."""
    # First of all: what may have been sent must not be called failed, which would give its price back
    if row.state == State.SENDING:
        return Outcome(State.UNCERTAIN, error="its worker ended: it may have been sent")
    if row.recipient in opted_out:
        return Outcome(State.FAILED, error="the recipient wants no messages", error_code="opted_out")
    if row.valid_until <= now:
        return Outcome(State.EXPIRED, error="it could not be sent in time")
    if not row.account.enabled:
        return Outcome(State.FAILED, error="the account is disabled")
    if row.account.carrier not in carriers.names():
        return Outcome(State.FAILED, error="only another version knows the account's carrier")
    return None


def _take_turns(rows: list[OutgoingMessage], now: datetime) -> list[OutgoingMessage]:
    """Give messages their turns at their senders; return those whose turn is now. The others are due at theirs."""
    by_sender: dict[tuple[int, str], list[OutgoingMessage]] = defaultdict(list)
    for row in rows:
        by_sender[row.account_id, row.sender].append(row)
    ready = []
    paces = _find_paces(rows)
    for (account_id, sender), some in by_sender.items():
        per_second = paces[account_id, sender]
        first = pace.take_turns(account_id, sender, per_second, len(some))
        for place, row in enumerate(some):
            row.paced = True
            row.due_at = first + timedelta(seconds=place / per_second)
            # A moment early does no harm, and saves another claim
            if row.due_at <= now + _SOON:
                ready.append(row)
            else:
                # In place of the time that the claim has set, at which its worker would count as gone
                OutgoingMessage.objects.filter(pk=row.pk).update(paced=True, due_at=row.due_at)
    return ready


def _find_paces(rows: list[OutgoingMessage]) -> dict[tuple[int, str], int]:
    """Messages a second of each sender: those of its account's route, or of its kind."""
    routes = Route.objects.filter(account__in={row.account_id for row in rows}, per_second__isnull=False)
    # Backwards: of an account's routes the last one written, with the lowest rank, stays
    by_account = {route.account_id: route.per_second for route in routes.order_by("-rank", "-pk")}
    kinds = dict(Number.objects.filter(pk__in={row.number_id for row in rows}).values_list("pk", "kind"))
    found = {}
    for row in rows:
        # A name has no number, and so no kind
        kind = kinds.get(row.number_id or 0, Kind.ALPHANUMERIC)
        found[row.account_id, row.sender] = by_account.get(row.account_id) or pace.PER_SECOND.get(kind, 1)
    return found


def _prepare_calls(rows: list[OutgoingMessage]) -> list[Call]:
    """What is handed to the carriers; a text that cannot be read fails its message."""
    calls, unreadable = [], []
    for row in rows:
        try:
            body, media = accepting.unseal(row)
        except Unsealable as error:
            unreadable.append((row, Outcome(State.FAILED, error=str(error))))
            continue
        outgoing = Outgoing(row.sender, row.recipient, body, media, row.account.status_url)
        calls.append(Call(row, outgoing))
    outcomes.settle(unreadable)
    return calls


def _perform(api: Api, call: Call) -> Outcome:
    """Send a message, and say what became of it."""
    try:
        sent = api.send(call.outgoing)
    except Rejected as error:
        if error.retry:
            return _try_again(call.message, error)
        return Outcome(State.FAILED, error=str(error), error_code=error.code)
    except Uncertain as error:
        return Outcome(State.UNCERTAIN, error=str(error), error_code=error.code)
    except CallFailed as error:
        # an error that may be retried was raised before anything was sent
        if error.retry:
            return _try_again(call.message, error)
        return Outcome(State.UNCERTAIN, error=str(error), error_code=error.code)
    # all other errors of carriers are raised before a call is made
    except (CarrierError, Unsealable) as error:
        return Outcome(State.FAILED, error=str(error))
    # nobody knows how far it came, so it is not tried again
    except Exception as error:
        logger.exception("sending a message failed")
        return Outcome(State.UNCERTAIN, error=f"internal error: {type(error).__name__}")
    return Outcome(State.SENT, ref=sent.ref, price=sent.price, currency=sent.currency, segments=sent.segments)


def _try_again(message: OutgoingMessage, error: CallFailed) -> Outcome:
    wait_for = BACK_OFF.after(message.attempts)
    return Outcome(State.QUEUED, error=str(error), error_code=error.code, wait=wait_for)
