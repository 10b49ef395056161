"""Targets are one worker's at a time, and what is written of them is what is known last."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from inbox.forwarding import chat, dispatch, queue, targets
from inbox.forwarding.models import Delivery, Target
from inbox.forwarding.queue import Result
from numbers.models import Lease
from tests.inbox.forwarding.conftest import Forward, receive

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_worker_knew_of_a_target_does_not_undo_that_it_was_enabled(
    lease: Lease, forward: Forward
) -> None:
    rule = forward("/ok")
    receive(lease, "Hello")
    Target.objects.update(failures=6)
    (taken,) = queue.take_targets(worker := uuid4(), 1, failing=True)
    targets.enable(rule.target)
    assert queue.take_targets(uuid4(), 1, failing=False) == [], "it is still this worker's"
    taken.failures = 7
    queue.release_target(worker, taken, timedelta(minutes=10))
    now = Target.objects.get()
    assert (now.failures, now.paused_until) == (0, None)
    assert queue.take_targets(uuid4(), 1, failing=False) == [now]


def test_no_more_targets_are_taken_than_wanted_whatever_the_planner_does(
    lease: Lease, forward: Forward
) -> None:
    for path in ("/1", "/2", "/3", "/4"):
        forward(path)
    receive(lease, "Hello")
    with connection.cursor() as cursor:
        for way in ("hashagg", "hashjoin", "mergejoin", "material", "sort"):
            cursor.execute(f"SET enable_{way} = off")
    try:
        assert len(queue.take_targets(uuid4(), 1, failing=False)) == 1
        assert len(queue.take_targets(uuid4(), 2, failing=False)) == 2
    finally:
        connection.close()


def test_a_result_whose_answer_was_lost_counts_once(lease: Lease, forward: Forward) -> None:
    forward("/ok")
    receive(lease, "Hello")
    (taken,) = queue.take_targets(worker := uuid4(), 1, failing=False)
    (delivery,) = queue.claim(worker, {taken.pk: 1})
    result = Result(delivery, "", datetime.now(UTC), 500, "no", 12, timedelta(seconds=0))
    for _ in range(2):
        queue.settle([result])
    delivery.refresh_from_db()
    assert (delivery.tries, len(delivery.log)) == (1, 1)
    (again,) = queue.claim(worker, {taken.pk: 1})
    queue.settle([Result(again, "", datetime.now(UTC), 500, "no", 12, timedelta(seconds=0))])
    delivery.refresh_from_db()
    assert (delivery.tries, len(delivery.log)) == (2, 2)


@pytest.mark.parametrize("why", ["not allowed", "a bug"])
def test_a_test_of_a_target_that_cannot_be_served_fails_once(
    forward: Forward, settings: Any, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    test = targets.send_test(forward("/ok"))
    if why == "not allowed":
        settings.FORWARD_NETWORKS = [ip_network("127.0.0.2/32")]
    else:
        monkeypatch.setattr(dispatch, "make_sender", None)
    for _ in range(2):
        assert dispatch.deliver_due(5) == 0
    test.refresh_from_db()
    assert (test.outcome, test.tries) == (Delivery.Outcome.FAILED, 1)
    assert [entry["note"] for entry in test.log] == [test.note]
    assert test.note in ("not at a public host", "internal error: see the log")
    assert queue.take_targets(uuid4(), 1, failing=False) == []


def test_nobody_has_all_slots_for_chats() -> None:
    slots = chat._Slots()
    assert [slots.take("key:1") for _ in range(chat.MOST_OF_ONE + 1)] == [True] * chat.MOST_OF_ONE + [False]
    others = [slots.take(f"key:{n}") for n in range(2, 6) for _ in range(chat.MOST_OF_ONE)]
    assert others.count(True) == chat.MOST - chat.MOST_OF_ONE
    slots.give_back("key:1")
    assert slots.take("key:6")
