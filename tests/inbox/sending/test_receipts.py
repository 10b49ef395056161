"""Receipts are kept as they came, also before the answer to the call, and states only go forward."""

from itertools import permutations

import pytest
from asgiref.sync import async_to_sync

from inbox.api.principals import Principal
from inbox.sending import dispatch, receipts
from inbox.sending.models import OutgoingMessage, SendReceipt
from numbers.carriers.messages import Receipt, Status
from numbers.models import Account
from tempsms.lib import postgres
from tests.inbox.sending.conftest import accept, states

pytestmark = pytest.mark.django_db(transaction=True)


def note(account: Account, *told: Receipt) -> None:
    """Have a carrier tell receipts."""

    async def run() -> None:
        try:
            await receipts.note(account.pk, told)
        finally:
            await postgres.close()

    async_to_sync(run)()


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ((Status.SENT, Status.DELIVERED), "delivered"),
        ((Status.QUEUED, Status.SENT, Status.UNDELIVERED), "undelivered"),
        ((Status.UNDELIVERED, Status.DELIVERED), "delivered"),
        ((Status.FAILED, Status.UNKNOWN), "failed"),
    ],
)
def test_the_order_in_which_receipts_come_does_not_matter(
    principal: Principal,
    account: Account,
    told: tuple[Status, ...],
    end: str,
) -> None:
    for order in permutations(told):
        OutgoingMessage.objects.all().delete()
        SendReceipt.objects.all().delete()
        accept(principal)
        dispatch.send_due()
        ref = OutgoingMessage.objects.get().carrier_ref
        for status in order:
            note(account, Receipt(ref, status, status.value, "30003" if status.value[0] in "uf" else ""))
        message = OutgoingMessage.objects.get()
        assert message.state == end, order
        assert message.error_code == ("" if end == "delivered" else "30003")
        assert receipts.of_message(message).count() == len(told)


def test_a_receipt_that_comes_first_waits_for_its_message(principal: Principal, account: Account) -> None:
    accept(principal)
    _, (call,) = dispatch.claim(10, [])
    note(account, Receipt("m1", Status.DELIVERED, "ok"))
    assert states() == ["sending"]
    from inbox.sending import outcomes
    from inbox.sending.outcomes import Outcome, State

    outcomes.settle([(call.message, Outcome(State.SENT, ref="m1"))])
    assert states() == ["delivered"]


def test_a_receipt_of_the_very_moment_is_applied_later(principal: Principal, account: Account) -> None:
    accept(principal)
    dispatch.send_due()
    SendReceipt.objects.create(account=account, carrier_ref="m1", status=Status.DELIVERED)
    assert (states(), receipts.apply_late(), states()) == (["sent"], 1, ["delivered"])
    assert receipts.apply_late() == 0


def test_words_that_no_column_holds_lose_no_receipt(principal: Principal, account: Account) -> None:
    accept(principal)
    dispatch.send_due()
    ref = OutgoingMessage.objects.get().carrier_ref
    note(account, Receipt(ref, Status.DELIVERED, "\ud800\0" + "x" * 60, "\udfff"))
    assert states() == ["delivered"]
    assert SendReceipt.objects.get().word == "?" + "x" * 39


def test_a_repeated_receipt_is_kept_once_and_one_of_others_is_not_kept(
    principal: Principal,
    account: Account,
) -> None:
    accept(principal)
    dispatch.send_due()
    ref = OutgoingMessage.objects.get().carrier_ref
    for _ in range(3):
        note(account, Receipt(ref, Status.DELIVERED), Receipt("somebody else's", Status.DELIVERED))
    note(account, Receipt("nul\0", Status.DELIVERED), Receipt("", Status.DELIVERED))
    note(account, Receipt("\ud800", Status.DELIVERED), Receipt(ref, Status.DELIVERED))
    assert SendReceipt.objects.count() == 1
