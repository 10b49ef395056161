"""What is due is sent once: refused, unanswered, killed, late, unwanted, or too fast."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from inbox.api.principals import Principal
from inbox.sending import dispatch, messages
from inbox.sending.models import OutgoingMessage, Route
from numbers.carriers.errors import CallFailed, NotSet, Rejected, Uncertain
from numbers.models import Account, Spending
from tests.fake_carrier import FakeCarrier
from tests.inbox.sending.conftest import accept, states

pytestmark = pytest.mark.django_db(transaction=True)


def spent() -> Decimal:
    """What the site has spent."""
    return Spending.objects.get(payer="site").amount


@pytest.mark.parametrize(
    ("error", "state", "cost"),
    [
        (Rejected("unknown subscriber", code="21211"), "failed", "0"),
        (NotSet("auth_token"), "failed", "0"),
        (Uncertain("timed out"), "uncertain", "0.01"),
        (CallFailed("strange answer"), "uncertain", "0.01"),
        (RuntimeError("a bug"), "uncertain", "0.01"),
    ],
)
def test_what_fails_is_settled_and_not_sent_again(
    principal: Principal, fake: FakeCarrier, error: Exception, state: str, cost: str
) -> None:
    accept(principal)
    fake.fails = error
    assert dispatch.send_due() == 1
    fake.fails = None
    OutgoingMessage.objects.update(due_at=timezone.now())
    dispatch.send_due()
    assert (len(fake.sent), states(), spent()) == (1, [state], Decimal(cost))
    described = messages.describe(OutgoingMessage.objects.get())
    assert described["error"]["code"] == (getattr(error, "code", "") or None)


@pytest.mark.parametrize(
    "error", [Rejected("too many requests", retry=True), CallFailed("no connection", retry=True)]
)
def test_what_was_not_sent_for_certain_is_tried_again_until_it_is_too_late(
    principal: Principal, fake: FakeCarrier, error: Exception
) -> None:
    accept(principal, 2)
    fake.fails = error
    assert dispatch.send_due() == 2
    assert states() == ["queued", "queued"]
    assert OutgoingMessage.objects.filter(due_at__gt=timezone.now() + timedelta(seconds=3)).count() == 2
    fake.fails = None
    last = OutgoingMessage.objects.latest("pk")
    OutgoingMessage.objects.filter(pk=last.pk).update(valid_until=timezone.now())
    OutgoingMessage.objects.update(due_at=timezone.now())
    dispatch.send_due()
    assert (states(), len(fake.sent)) == (["sent", "expired"], 3)
    assert spent() == Decimal("0.0079")


def test_a_message_whose_worker_was_killed_is_uncertain_and_not_sent_again(
    principal: Principal, fake: FakeCarrier
) -> None:
    accept(principal)
    assert len(dispatch.claim(10, [])[1]) == 1, "its worker is killed now"
    assert dispatch.claim(10, []) == (0, []), "nobody else takes it meanwhile"
    OutgoingMessage.objects.update(due_at=timezone.now())
    dispatch.send_due()
    assert (states(), fake.sent, spent()) == (["uncertain"], [], Decimal("0.01"))


def test_one_worker_at_a_time_has_the_turn_until_it_is_silent(
    principal: Principal, fake: FakeCarrier
) -> None:
    from inbox.sending import turns
    from inbox.sending.models import Turn

    accept(principal)
    silent = uuid4()
    assert turns.take(silent)
    assert turns.take(silent)
    assert (dispatch.send_due(), len(fake.sent)) == (0, 0)
    Turn.objects.update(taken_until=timezone.now())
    assert (dispatch.send_due(), len(fake.sent)) == (1, 1)
    assert turns.take(uuid4()), "it was given back"


def test_what_a_slow_worker_learns_too_late_changes_nothing(principal: Principal, fake: FakeCarrier) -> None:
    from inbox.sending import outcomes
    from inbox.sending.outcomes import Outcome, State

    accept(principal)
    _, (slow,) = dispatch.claim(10, [])
    OutgoingMessage.objects.update(due_at=timezone.now())
    dispatch.send_due()
    assert outcomes.settle([(slow.message, Outcome(State.FAILED))]) == 0
    assert (states(), spent()) == (["uncertain"], Decimal("0.01"))


def test_messages_take_turns_at_their_sender(principal: Principal, fake: FakeCarrier) -> None:
    Route.objects.update(per_second=None)
    accept(principal, 5)
    claimed, calls = dispatch.claim(10, [])
    assert (claimed, len(calls)) == (5, 1), "a local number sends one a second"
    waiting = OutgoingMessage.objects.filter(state="queued").order_by("pk")
    gaps = [two.due_at - one.due_at for one, two in pairwise(waiting)]
    assert gaps == [timedelta(seconds=1)] * 3
    waiting.update(due_at=timezone.now())
    dispatch.send_due()
    assert len(fake.sent) == 4, "each has had its turn"


def test_a_carrier_that_gives_two_messages_one_id_loses_none(principal: Principal, fake: FakeCarrier) -> None:
    accept(principal, 3)
    fake.send = lambda message: _same(fake, message)  # type: ignore[method-assign]
    dispatch.send_due()
    assert states() == ["sent"] * 3
    assert sorted(OutgoingMessage.objects.values_list("carrier_ref", flat=True)) == ["", "", "same"]


def _same(fake: FakeCarrier, message: Any) -> Any:
    from numbers.carriers.messages import Sent

    fake.sent.append(message)
    return Sent("same")


def test_an_account_at_an_unknown_carrier_keeps_no_other_from_sending(
    principal: Principal, account: Account, fake: FakeCarrier
) -> None:
    first, _ = accept(principal, 2)
    newer = Account.objects.create(carrier="newer", label="of a newer version", secrets={})
    OutgoingMessage.objects.filter(pk=first.pk).update(account=newer)
    dispatch.send_due()
    assert (states(), len(fake.sent)) == (["failed", "sent"], 1)


def test_a_disabled_account_sends_nothing(principal: Principal, fake: FakeCarrier) -> None:
    accept(principal)
    Account.objects.update(enabled=False)
    dispatch.send_due()
    assert (states(), fake.sent, spent()) == (["failed"], [], Decimal(0))


def test_texts_are_forgotten_and_the_books_stay(principal: Principal) -> None:
    accept(principal)
    dispatch.send_due()
    assert messages.forget() == 0
    OutgoingMessage.objects.update(forget_at=timezone.now())
    assert (messages.forget(), messages.forget()) == (1, 0)
    described = messages.describe(OutgoingMessage.objects.get())
    assert (described["body"], described["price"]) == ("", "0.0079")


def test_a_price_in_another_currency_stays_what_was_expected(principal: Principal, fake: FakeCarrier) -> None:
    accept(principal)
    from numbers.carriers.messages import Sent

    fake.send = lambda message: Sent("m1", 1, Decimal("0.50"), "EUR")  # type: ignore[method-assign]
    dispatch.send_due()
    assert (spent(), OutgoingMessage.objects.get().price_is_final) == (Decimal("0.01"), False)
