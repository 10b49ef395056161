"""Which claim gets which message: the oldest that matches, once, whoever gives them away and however many try."""

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import IntegrityError
from django.utils import timezone

from inbox.claims import claims, matching
from inbox.claims.models import Claim
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from inbox.messages.queries import Message
from numbers.models import Lease
from tempsms.lib import postgres
from tests.conftest import Sql
from tests.factories import make_lease
from tests.inbox.claims.claiming import claim, inbox_of, store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease()


async def settle(*inboxes: Inbox) -> None:
    """Give away what has come, and close what this opened."""
    for inbox in inboxes:
        await matching.settlements.get().settle(inbox)
    await postgres.close()


def settled(lease: Lease, sql: Sql) -> dict[int, int | None]:
    """Every claim of a number with its message, once it has been settled."""
    asyncio.run(settle(inbox_of(lease)))
    return dict(sql("SELECT id, message_id FROM claims_claim ORDER BY id"))


def test_each_message_goes_to_the_oldest_claim_that_matches(lease: Lease, sql: Sql) -> None:
    ada, any_, bob, late = (
        claim(lease, match="Ada"),
        claim(lease),
        claim(lease, match="Bob"),
        claim(lease, match="Ada"),
    )
    first, second, third = store(lease, "for Bob", "for Ada", "for Bob")
    assert settled(lease, sql) == {ada.pk: second, any_.pk: first, bob.pk: third, late.pk: None}
    (fourth,) = store(lease, "Ada again")
    assert settled(lease, sql)[late.pk] == fourth


def test_what_came_before_a_claim_is_not_for_it(lease: Lease, sql: Sql) -> None:
    store(lease, "Your code is 111111")
    made = claim(lease, needs_code=True)
    assert settled(lease, sql) == {made.pk: None}
    (fresh,) = store(lease, "Your code is 482913")
    assert settled(lease, sql) == {made.pk: fresh}


def test_a_message_whose_id_was_drawn_before_a_claim_is_not_for_it(lease: Lease, sql: Sql) -> None:
    """It may become visible much later: its transaction was under way when the claim was made."""
    ((drawn,),) = sql("SELECT nextval('inbox_message_id_seq')")
    made = claim(lease)
    store(lease, "late commit", id=drawn)
    assert settled(lease, sql) == {made.pk: None}


def test_a_message_that_becomes_visible_late_is_found(lease: Lease, sql: Sql) -> None:
    made = claim(lease, match="late")
    ((drawn,),) = sql("SELECT nextval('inbox_message_id_seq')")
    store(lease, *(f"n{n}" for n in range(matching.LOOKED_AT_AGAIN + 5)))
    assert settled(lease, sql) == {made.pk: None}
    store(lease, "late commit", id=drawn)
    assert settled(lease, sql) == {made.pk: drawn}


def test_what_has_been_looked_at_is_not_looked_at_again(
    lease: Lease, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST", matching.STEP)
    made = claim(lease, match="the last")
    old = timezone.now() - timedelta(minutes=1)
    ids = store(lease, *(f"n{n}" for n in range(120)), "the last", received_at=old)
    assert settled(lease, sql) == {made.pk: ids[-1]}
    behind = claim(lease, match="never")
    ids = store(lease, *(f"n{n}" for n in range(60)), received_at=old)
    assert settled(lease, sql)[behind.pk] is None
    behind.refresh_from_db()
    assert behind.examined_id == ids[matching.STEP - 1]


def test_an_expired_claim_gets_what_came_in_its_time_and_no_more(lease: Lease, sql: Sql) -> None:
    first, second = claim(lease), claim(lease)
    (in_time,) = store(lease, "in time")
    sql("UPDATE claims_claim SET expires_at = now() WHERE id = %s", first.pk)
    sql("UPDATE inbox_message SET received_at = now() - interval '1 second' WHERE id = %s", in_time)
    (late,) = store(lease, "too late for the first")
    assert settled(lease, sql) == {first.pk: in_time, second.pk: late}
    third = claim(lease)
    sql("UPDATE claims_claim SET expires_at = now() - interval '1 second' WHERE id = %s", third.pk)
    store(lease, "too late")
    assert settled(lease, sql)[third.pk] is None


def test_messages_that_strangers_cannot_see_are_not_given_away(lease: Lease, sql: Sql) -> None:
    made = claim(lease)
    store(lease, "withheld", public=False, withheld="bank")
    assert settled(lease, sql) == {made.pk: None}


def test_a_claim_that_was_dropped_keeps_its_message_from_others(lease: Lease, sql: Sql) -> None:
    first, second = claim(lease), claim(lease)
    store(lease, "one")
    assert settled(lease, sql)[second.pk] is None
    claims.drop(first)
    assert settled(lease, sql)[second.pk] is None


def test_a_message_of_a_claim_that_is_dropped_at_that_moment_goes_to_the_next(
    lease: Lease, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = claim(lease), claim(lease)
    (one,) = store(lease, "one")
    offer = matching._offer_messages

    async def drop_meanwhile(*args: object) -> bool:
        more = await offer(*args)  # type: ignore[arg-type]
        sql("DELETE FROM claims_claim WHERE id = %s", first.pk)
        return more

    monkeypatch.setattr(matching, "_offer_messages", drop_meanwhile)
    assert settled(lease, sql) == {second.pk: one}


def test_a_hundred_who_try_at_once_find_one_winner_for_each_message(lease: Lease, sql: Sql) -> None:
    """Each in a thread and loop of its own, with connections of its own, as processes have them."""
    made = [claim(lease).pk for _ in range(20)]
    ids = store(lease, *(f"n{n}" for n in range(10)))
    together = Barrier(10)

    def settle_often() -> None:
        together.wait()
        for _ in range(10):
            asyncio.run(settle(inbox_of(lease)))

    with ThreadPoolExecutor(10) as threads:
        for done in [threads.submit(settle_often) for _ in range(10)]:
            done.result()
    given: dict[int, int | None] = dict(sql("SELECT id, message_id FROM claims_claim ORDER BY id"))
    assert [given[pk] for pk in made] == [*ids, *[None] * 10]


def test_the_database_lets_no_two_claims_have_one_message(lease: Lease) -> None:
    first, second = claim(lease), claim(lease)
    Claim.objects.filter(pk=first.pk).update(message_id=7, matched_at=timezone.now())
    with pytest.raises(IntegrityError, match="claim_message_once"):
        Claim.objects.filter(pk=second.pk).update(message_id=7, matched_at=timezone.now())


def test_patterns_are_compared_off_the_event_loop_and_a_while_at_a_time(
    lease: Lease, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    steps = itertools.count()
    offer = matching._Round.offer

    def note_thread(round_: matching._Round, message: Message) -> None:
        threads.append(threading.current_thread())
        offer(round_, message)

    monkeypatch.setattr(matching._Round, "offer", note_thread)
    monkeypatch.setattr(matching, "time", SimpleNamespace(monotonic=lambda: next(steps)))
    long_ago = timezone.now() - timedelta(minutes=1)
    made = claim(lease, match="for Ada")
    *_, wanted = store(lease, "for Bob", "for Eve", "for Ada", received_at=long_ago)
    assert settled(lease, sql) == {made.pk: wanted}
    # of time there was enough for one in each transaction
    assert len(threads) == 3
    assert threading.main_thread() not in threads


def test_a_text_is_compared_once_with_a_claim_and_again_when_it_is_another(
    lease: Lease, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    matches = MessageFilter.matches

    def note_text(wanted: MessageFilter, message: Message) -> bool:
        compared.append(message["body"])
        return matches(wanted, message)

    monkeypatch.setattr(MessageFilter, "matches", note_text)
    claim(lease, match="nothing like it")
    store(lease, "Your code is 482913")
    for _ in range(3):
        settled(lease, sql)
    assert compared == ["Your code is 482913"]
    sql("DELETE FROM inbox_code")
    settled(lease, sql)
    assert compared == ["Your code is 482913", "Your code is ••••••"]
