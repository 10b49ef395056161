"""Work is claimed by one worker at a time, comes back when nobody settles it, and is settled by its newest attempt."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from inbox.models import Outbox
from tempsms.lib import effects
from tempsms.lib.effects import BackOff

pytestmark = pytest.mark.django_db(transaction=True)
BACK_OFF = BackOff(timedelta(seconds=10), timedelta(minutes=10))
MINUTE = timedelta(minutes=1)


def claim(limit: int = 1) -> list[Outbox]:
    """Claim due rows for a minute."""
    return effects.claim(Outbox.objects.all(), lambda row: MINUTE, limit)


def elsewhere(work: Callable[[], object]) -> object:
    """The result of work on another connection."""

    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result(20)


def make_rows(count: int) -> list[int]:
    """So many due rows, the longest due first; their ids."""
    return [
        Outbox.objects.create(message_ids=[n], due_at=Now() - timedelta(seconds=count - n)).pk
        for n in range(count)
    ]


def test_a_claim_takes_the_longest_due_and_leaves_what_is_not_due() -> None:
    first, second, _ = make_rows(3)
    Outbox.objects.create(message_ids=[9], due_at=Now() + MINUTE)
    assert [row.pk for row in claim(2)] == [first, second]
    assert len(claim(9)) == 1
    assert claim(9) == []


def test_two_claimers_never_get_the_same_row() -> None:
    ids = make_rows(40)
    together = threading.Barrier(4)

    def work(_: int) -> list[int]:
        together.wait(20)
        mine: list[int] = []
        while rows := claim(3):
            mine += [row.pk for row in rows]
        connection.close()
        return mine

    with ThreadPoolExecutor(4) as threads:
        taken = [pk for mine in threads.map(work, range(4)) for pk in mine]
    assert sorted(taken) == ids


def test_a_claimer_does_not_wait_for_a_row_that_another_is_claiming() -> None:
    first, second = make_rows(2)
    with transaction.atomic():
        assert [row.pk for row in claim()] == [first]
        assert elsewhere(lambda: [row.pk for row in claim(9)]) == [second]


def test_a_claim_that_is_not_settled_is_due_again_and_counted() -> None:
    make_rows(1)
    assert [row.attempts for row in claim()] == [1]
    waits = Outbox.objects.filter(due_at__gt=Now() + MINUTE * 0.9, due_at__lte=Now() + MINUTE)
    assert waits.exists()
    Outbox.objects.update(due_at=Now())
    assert [row.attempts for row in claim()] == [2]


def test_a_stale_attempt_may_not_settle() -> None:
    make_rows(1)
    (stale,) = claim()
    Outbox.objects.update(due_at=Now())
    (newest,) = claim()
    with transaction.atomic():
        assert not effects.lock_if_newest(stale)
        assert effects.lock_if_newest(newest)
        newest.delete()
    with transaction.atomic():
        assert not effects.lock_if_newest(stale), "it has been settled"


def test_nobody_claims_while_an_attempt_is_being_settled() -> None:
    make_rows(1)
    (row,) = claim()
    Outbox.objects.update(due_at=Now())
    with transaction.atomic():
        assert effects.lock_if_newest(row)
        assert elsewhere(claim) == []


def test_rows_of_one_claim_have_their_own_waits() -> None:
    fresh, tried = make_rows(2)
    Outbox.objects.filter(pk=tried).update(attempts=5)
    effects.claim(Outbox.objects.all(), lambda row: BACK_OFF.after(row.attempts), 2)
    assert dict(Outbox.objects.values_list("pk", "attempts")) == {fresh: 1, tried: 6}
    soon = Outbox.objects.filter(due_at__lte=Now() + timedelta(seconds=10))
    late = Outbox.objects.filter(due_at__gt=Now() + timedelta(seconds=310))
    assert ([row.pk for row in soon], [row.pk for row in late]) == ([fresh], [tried])


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 10), (1, 10), (2, 20), (3, 40), (6, 320), (7, 600), (8, 600), (32767, 600)]
)
def test_the_wait_doubles_up_to_its_bound(attempts: int, seconds: int) -> None:
    assert BACK_OFF.after(attempts) == timedelta(seconds=seconds)
