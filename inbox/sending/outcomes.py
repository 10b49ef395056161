"""Writes what became of messages, and corrects what they cost those who pay."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction

from inbox.sending import receipts
from inbox.sending.models import OutgoingMessage, OutgoingState, in_sql
from numbers import spending

logger = logging.getLogger(__name__)

State = OutgoingState
NOT_SENT = (State.FAILED, State.CANCELED, State.EXPIRED)
"""What ends so costs nothing."""
# A code's text goes with the first outcome that is not another try. The attempt is a fence: a worker that was
# thought lost, and comes late, writes nothing
_SETTLE = f"""
UPDATE sending_outgoingmessage m SET
    state = x.state, error = x.error, error_code = x.code, carrier_ref = x.ref,
    segments = CASE WHEN x.segments > 0 THEN x.segments ELSE m.segments END,
    price = coalesce(x.price, m.price), price_is_final = x.final,
    sent_at = CASE WHEN x.state IN {in_sql(State.SENT)} THEN now() ELSE m.sent_at END,
    settled_at = CASE WHEN x.state IN {in_sql(State.QUEUED, State.SENT)} THEN NULL ELSE now() END,
    sealed = CASE WHEN m.secret AND x.state NOT IN {in_sql(State.QUEUED)} THEN '' ELSE m.sealed END,
    due_at = CASE WHEN x.state IN {in_sql(State.QUEUED)} THEN now() + x.wait * interval '1 second' ELSE m.due_at END
FROM json_to_recordset(%s::json) AS x(id bigint, attempt int, state text, error text, code text, ref text,
    segments int, price numeric, final bool, wait float8)
WHERE m.id = x.id AND m.attempts = x.attempt AND m.state IN {in_sql(*OutgoingMessage.OPEN)}
RETURNING m.id
"""  # noqa: S608  (our own text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: a state, and why; `queued` is for another try after `wait`."""

    state: OutgoingState
    error: str = ""
    error_code: str = ""
    ref: str = ""
    price: Decimal | None = None
    currency: str = ""
    segments: int = 0
    wait: timedelta = timedelta(0)

    def price_of(self, message: OutgoingMessage) -> Decimal | None:
        """What a message costs by this outcome; None: what was expected.

        A price in another currency than the ceilings' stays what was expected.
        """
        if self.state in NOT_SENT:
            return Decimal(0)
        return self.price if self.price is not None and self.currency == message.currency else None


def payers_of(message: OutgoingMessage) -> list[str]:
    """Those whose ceilings a message counts towards."""
    return [spending.SITE, spending.payer_of_account(message.account_id), message.owner]


def settle(found: Iterable[tuple[OutgoingMessage, Outcome]]) -> int:
    """Write outcomes, unless a later attempt has begun; return how many were written.

    A carrier that gives two messages one id is an error of its own, which must not keep the others from being written.
    """
    settled = list(found)
    if not settled:
        return 0
    try:
        return _write_outcomes(settled)
    except IntegrityError:
        if len(settled) > 1:
            # one by one, so that only the two that collide are affected
            return sum(settle([one]) for one in settled)
        ((message, outcome),) = settled
        # without an id of the carrier's, something else is wrong
        if not outcome.ref:
            raise
        logger.error("%s gave two messages one id", message.account_id)
        return _write_outcomes([(message, replace(outcome, ref=""))])


@transaction.atomic
def _write_outcomes(settled: list[tuple[OutgoingMessage, Outcome]]) -> int:
    by_id = {message.pk: (message, outcome) for message, outcome in settled}
    rows = [_write_row(message, outcome) for message, outcome in by_id.values()]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [orjson.dumps(rows).decode()])
        written = [pk for (pk,) in cursor.fetchall()]
    _correct_spending(by_id[pk] for pk in written)
    # A webhook can be faster than the answer to the call: receipts may have waited for these ids
    receipts.apply([pk for pk in written if by_id[pk][1].state == State.SENT])
    return len(written)


def _write_row(message: OutgoingMessage, outcome: Outcome) -> dict[str, Any]:
    price = outcome.price_of(message)
    return {
        "id": message.pk,
        "attempt": message.attempts,
        "state": outcome.state,
        "error": outcome.error[:200],
        "code": outcome.error_code[:40],
        "ref": outcome.ref[:128],
        "segments": outcome.segments,
        "price": None if price is None else str(price),
        "final": price is not None,
        "wait": outcome.wait.total_seconds(),
    }


def _correct_spending(settled: Iterable[tuple[OutgoingMessage, Outcome]]) -> None:
    """Add what messages cost more or less than was reserved for them."""
    differences: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for message, outcome in settled:
        price = outcome.price_of(message)
        if price is not None and price != message.price:
            for payer in payers_of(message):
                differences[payer, message.currency, message.priced_on] += price - message.price
    # all in one order, as when they are reserved
    for (payer, currency, day), difference in sorted(differences.items()):
        spending.correct([payer], currency, day, difference)
