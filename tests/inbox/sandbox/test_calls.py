"""Callbacks that do not come as usual: repeated, lost, late or not made at all; and what a failure says."""

from datetime import timedelta

from inbox.sandbox import callbacks, tasks
from inbox.sandbox.messages import NextState, State
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from tests.forward_targets import Targets
from tests.inbox.sandbox.keeping import keep

AGAIN, LOST = StateChange.Call.AGAIN, StateChange.Call.LOST


def bodies(web: Targets) -> list[bytes]:
    """What the program was told, in this order."""
    return [request.body for request in web.requests]


def test_a_call_is_made_again_without_a_change(default: Project, web: Targets) -> None:
    after = (
        NextState(State.SENT, "sent", call=None),
        NextState(State.DELIVERED, "delivered"),
        NextState(State.SENT, "sent", call=AGAIN),
        NextState(State.DELIVERED, "delivered", call=AGAIN),
    )
    message = keep(default, after=after, callback=web.url("/ok/a"))
    tasks.call_back()
    message.refresh_from_db()
    assert (message.state, message.sent_at is not None) == (State.DELIVERED, True)
    assert bodies(web) == [b"delivered", b"sent", b"delivered"]


def test_of_a_cancelled_message_nothing_is_told_again(default: Project, web: Targets) -> None:
    after = (NextState(State.SENT, "sent", call=AGAIN),)
    message = keep(default, after=after, callback=web.url("/ok/a"))
    CapturedMessage.objects.filter(pk=message.pk).update(state=State.CANCELED)
    tasks.call_back()
    assert bodies(web) == []
    assert message.changes.get().note == callbacks.ENDED


def test_a_lost_call_changes_the_state_all_the_same(default: Project, web: Targets) -> None:
    after = (NextState(State.SENT, "sent", call=LOST), NextState(State.DELIVERED, "delivered"))
    message = keep(default, after=after, callback=web.url("/ok/a"))
    tasks.call_back()
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert bodies(web) == [b"delivered"]
    assert list(message.changes.values_list("status", "note")) == [(0, callbacks.LOST), (200, "")]


def test_a_failure_says_why(default: Project) -> None:
    message = keep(default, after=(NextState(State.UNDELIVERED, error="30003"),))
    tasks.call_back()
    message.refresh_from_db()
    assert (message.state, message.error) == (State.UNDELIVERED, "30003")


def test_a_late_change_happens_later(default: Project) -> None:
    after = (NextState(State.SENT), NextState(State.DELIVERED, delay=timedelta(minutes=5)))
    message = keep(default, after=after)
    tasks.call_back()
    sent, delivered = message.changes.all()
    assert delivered.due_at - sent.due_at > timedelta(minutes=3)  # the claim has moved the first one on
    assert (sent.settled_at is None, delivered.settled_at) == (False, None)
    message.refresh_from_db()
    assert message.state == State.SENT


def test_a_program_hears_of_parts_one_by_one(default: Project, web: Targets) -> None:
    parts = (
        NextState(State.RECEIVED, "part 1"),
        NextState(State.RECEIVED, "part 2", call=AGAIN),
        NextState(State.RECEIVED, "part 3", call=AGAIN),
    )
    keep(default, state=State.RECEIVED, after=parts, callback=web.url("/ok/a"))
    tasks.call_back()
    assert bodies(web) == [b"part 1", b"part 2", b"part 3"]
