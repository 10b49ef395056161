"""Which messages a rule passes on: its own, matching ones, each once, and nothing that its owner may not read."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from inbox import outbox
from inbox.forwarding import deliveries, dispatch
from inbox.forwarding.models import Delivery, Rule
from inbox.models import Message, Outbox
from inbox.privacy import erasure
from numbers import rentals
from numbers.carriers.messages import Inbound
from numbers.models import Lease, Rental
from tests.arrivals import arrive_now
from tests.factories import make_lease, make_message, make_number, make_rental
from tests.forward_targets import Targets
from tests.inbox.forwarding.conftest import Forward, receive, stored

pytestmark = pytest.mark.django_db(transaction=True)


def passed_on(rule: Rule) -> list[int | None]:
    """The messages of a rule's deliveries, in their target's order."""
    return list(rule.deliveries.order_by("sequence").values_list("message_id", flat=True))


def bodies(web: Targets, path: str = "/ok") -> list[str]:
    """The texts that arrived."""
    return [request.event["data"]["message"]["body"] for request in web.at(path)]


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ({}, True),
        ({"sender": "acme"}, True),
        ({"sender": "ACM"}, False),
        ({"text": "CODE is"}, True),
        ({"text": "482913"}, False),
        ({"text": "100%_"}, False),
        ({"codes": "with"}, True),
        ({"codes": "without"}, False),
        ({"sender": "ACME", "text": "code", "codes": "with"}, True),
        ({"sender": "Other", "text": "code"}, False),
        ({"enabled": False}, False),
    ],
)
def test_a_rule_passes_on_what_matches(lease: Lease, forward: Forward, rule: Any, passes: bool) -> None:
    made = forward(**rule)
    receive(lease, "Your code is 482913", sender="ACME", code_confidence=0.9)
    assert made.deliveries.exists() is passes


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ("+44 7700 900123", True),
        ("0044 (7700) 900-123", True),
        ("447700900123", True),
        ("+44 7700 900124", False),
        ("7700900123", False),
    ],
)
def test_a_senders_number_may_be_written_in_any_way(
    lease: Lease, forward: Forward, wanted: str, passes: bool
) -> None:
    forward(sender=wanted)
    receive(lease, "Hello", sender="+447700900123")
    assert Delivery.objects.exists() == passes


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ({}, True),
        ({"sender": "+447700900123"}, True),
        ({"sender": "+44 7••• ••0123"}, True),
        pytest.param({"sender": "+447711110123"}, True, id="looks the same to who may not read it"),
        ({"sender": "+447700900124"}, False),
        ({"text": "Call +44"}, True),
        pytest.param({"text": "+447700900456"}, False, id="redacted"),
        pytest.param({"text": "482913"}, False, id="code"),
    ],
)
def test_a_filter_finds_out_nothing_that_its_owner_may_not_read(
    lease: Lease, forward: Forward, rule: Any, passes: bool
) -> None:
    made = forward(whole=False, **rule)
    receive(lease, "Call +447700900456. Your code is 482913", sender="+447700900123")
    assert made.deliveries.exists() is passes


def test_a_rule_of_a_number_passes_on_no_other(lease: Lease, forward: Forward) -> None:
    other = make_lease(make_number("+447700900123", country="GB"), lease.account)
    mine, theirs, everyones = forward(number=lease.number), forward(number=other.number), forward()
    first, second = make_message(lease, "one"), make_message(other, "two")
    stored(first, second)
    assert [passed_on(rule) for rule in (mine, theirs)] == [[first.pk], [second.pk]]
    assert passed_on(everyones) == [first.pk, second.pk]


def test_a_targets_sequence_has_no_gaps_and_follows_arrival(lease: Lease, forward: Forward) -> None:
    one, other = forward(number=lease.number), forward()
    assert one.target == other.target
    receive(lease, "one", "two")
    receive(lease, "three")
    found = list(Delivery.objects.order_by("sequence").values_list("sequence", "message_id", "rule_id"))
    assert [sequence for sequence, *_ in found] == [1, 2, 3, 4, 5, 6]
    assert found == sorted(found, key=lambda row: (row[1], row[2]))


def test_a_batch_that_is_processed_twice_makes_no_second_delivery(lease: Lease, forward: Forward) -> None:
    forward()
    messages = receive(lease, "one", "two")
    stored(*messages)
    assert Delivery.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        first = Delivery.objects.all()[0]
        Delivery.objects.create(
            rule=first.rule, target=first.target, message_id=first.message_id, expires_at=timezone.now()
        )


def test_a_batch_fails_with_its_deliveries_and_comes_again(
    lease: Lease, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward()
    message = make_message(lease, "one")
    Outbox.objects.create(message_ids=[message.pk])

    def fail(*_: Any) -> int:
        raise ValueError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "write_deliveries", fail)
        assert outbox.relay() == 0
    assert Outbox.objects.count() == 1
    Outbox.objects.update(due_at=Now())
    assert outbox.relay() == 1
    assert Delivery.objects.count() == 1


def test_a_message_that_arrives_by_webhook_is_passed_on(lease: Lease, forward: Forward, web: Targets) -> None:
    forward(number=lease.number)
    arrive_now(lease.account_id, Inbound("r1", "ACME", lease.number.e164, "Your code is 482913"))
    assert outbox.relay() == 1
    dispatch.deliver_due(5)
    (request,) = web.requests
    assert request.event["data"]["message"]["code"]["value"] == "482913"


def test_what_came_before_a_rule_is_not_passed_on(lease: Lease, forward: Forward) -> None:
    message = make_message(lease, "before", received_at=timezone.now() - timedelta(minutes=1))
    forward()
    stored(message)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("changes", [{"withheld": "bank", "public": False}, {"direction": "out"}])
def test_what_is_withheld_or_sent_is_not_passed_on(lease: Lease, forward: Forward, changes: Any) -> None:
    forward()
    receive(lease, "Hello", **changes)
    assert not Delivery.objects.exists()


@pytest.fixture
def rental(lease: Lease) -> Rental:
    """Of a private number, for an hour."""
    return make_rental(make_lease(make_number("+447700900123", country="GB", public=False), lease.account))


def rented(rental: Rental, text: str) -> Message:
    """A message that belongs to a rental."""
    return make_message(rental.number.leases.get(), text, rental=rental, public=False)


def test_a_rentals_message_goes_by_the_rentals_rules_only(
    rental: Rental, forward: Forward, web: Targets
) -> None:
    mine, of_number, of_all = forward(rental=rental), forward(number=rental.number), forward()
    message = rented(rental, "call +14155550123")
    stored(message)
    assert (passed_on(mine), passed_on(of_number), passed_on(of_all)) == ([message.pk], [], [])
    dispatch.deliver_due(5)
    assert bodies(web) == ["call +14155550123"], "its holder sees it whole"


def test_nothing_is_passed_on_once_a_rental_has_ended(rental: Rental, forward: Forward, web: Targets) -> None:
    rule = forward(rental=rental)
    stored(rented(rental, "late"))
    rentals.end(rental)
    dispatch.deliver_due(5)
    assert web.requests == []
    assert [(one.outcome, one.note) for one in rule.deliveries.all()] == [("dropped", "the rental has ended")]


def test_a_rental_sees_its_own_time_only(rental: Rental, forward: Forward, web: Targets) -> None:
    rule = forward(rental=rental)
    stored(rented(rental, "early"))
    now = timezone.now()
    later = TimestamptzRange(now + timedelta(seconds=0), now + timedelta(hours=1))
    Rental.objects.update(during=later, held=later)
    dispatch.deliver_due(5)
    assert web.requests == []
    assert rule.deliveries.get().note == "the message is not the forward's to pass on"


def test_a_private_numbers_messages_go_to_operators_only(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    private = make_lease(make_number("+447700900123", country="GB", public=False), lease.account)
    operators, others = forward(number=private.number), forward(number=private.number, whole=False)
    (message,) = receive(private, "for the team", public=False)
    assert (passed_on(operators), passed_on(others)) == ([message.pk], [])


def test_who_may_read_public_pages_gets_what_they_show(lease: Lease, forward: Forward, web: Targets) -> None:
    forward(whole=False)
    receive(lease, "call +14155550123")
    dispatch.deliver_due(5)
    message = web.requests[0].event["data"]["message"]
    assert (message["from"], message["body"]) == ("+1 4••-•••-0100", "call +14•••••0123")


def change_withheld() -> None:
    Message.objects.update(withheld="report:1", public=False)


def erase_sender() -> None:
    erasure.erase("+14155550100")


def delete_messages() -> None:
    Message.objects.update(expires_at=timezone.now())


def disable_rule() -> None:
    Rule.objects.update(enabled=False)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (change_withheld, "the message has been withheld"),
        (delete_messages, "the message has been deleted"),
        (disable_rule, "the forward is disabled"),
        (erase_sender, None),
    ],
)
def test_what_changes_before_a_retry_counts(
    lease: Lease, forward: Forward, web: Targets, change: Any, note: str | None
) -> None:
    forward("/500")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    change()
    Delivery.objects.update(due_at=Now())
    dispatch.deliver_due(5)
    assert len(web.requests) == 1
    found = Delivery.objects.values_list("outcome", "note")
    assert list(found) == ([("dropped", note)] if note else [])


def test_a_replay_keeps_the_id_and_starts_its_tries_again(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    forward("/ok")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    (delivery,) = Delivery.objects.all()
    assert deliveries.replay_one(delivery)
    assert not deliveries.replay_one(delivery), "it is on its way"
    dispatch.deliver_due(5)
    assert [request.headers["webhook-id"] for request in web.requests] == [delivery.public_id] * 2
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.tries, len(delivery.log)) == ("delivered", 1, 2)


def test_a_range_is_replayed_with_what_was_never_passed_on(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    now = timezone.now()
    ages = {"too old": 90, "before the rule": 60, "also": 30}
    for text, minutes in ages.items():
        make_message(lease, text, received_at=now - timedelta(minutes=minutes))
    rule, other = forward("/ok", number=lease.number), forward("/ok/other")
    receive(lease, "delivered")
    dispatch.deliver_due(5)
    web.requests.clear()
    count = deliveries.replay_range(rule.pk, now - timedelta(minutes=70), timezone.now())
    assert count == 3
    dispatch.deliver_due(5)
    assert sorted(bodies(web)) == ["also", "before the rule", "delivered"]
    assert bodies(web, "/ok/other") == []
    assert Delivery.objects.filter(rule=other).count() == 1
    assert deliveries.replay_range(rule.pk, now - timedelta(hours=9), now - timedelta(hours=8)) == 0


def test_a_rentals_range_is_not_crowded_out_by_others(
    rental: Rental, lease: Lease, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST", 2)
    mine = rented(rental, "mine")
    rule = forward(rental=rental)
    for text in ("one", "two", "three"):
        make_message(lease, text)
    now = timezone.now()
    assert deliveries.replay_range(rule.pk, now - timedelta(hours=1), now + timedelta(hours=1)) == 1
    assert passed_on(rule) == [mine.pk]


def test_a_rule_is_for_a_number_or_a_rental(rental: Rental, forward: Forward) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        forward(number=rental.number, rental=rental)


def test_deliveries_go_with_their_messages(lease: Lease, forward: Forward) -> None:
    from inbox.forwarding import queue

    forward()
    receive(lease, "one", expires_at=timezone.now() + timedelta(hours=1))
    receive(lease, "two")
    assert queue.forget() == 0
    Delivery.objects.filter(sequence=1).update(expires_at=timezone.now())
    assert queue.forget() == 1
    assert Delivery.objects.count() == 1


def test_a_person_is_erased_from_rules_and_logs(lease: Lease, forward: Forward) -> None:
    person = "+447700900124"
    forward(sender=person, text="07700 900124")
    Delivery.objects.create(
        rule=Rule.objects.get(),
        target=Rule.objects.get().target,
        expires_at=timezone.now() + timedelta(days=1),
        note=f"thanks, {person}",
        log=[{"attempt": 1, "note": f"thanks, {person}"}],
    )
    erasure.erase(person)
    rule, delivery = Rule.objects.get(), Delivery.objects.get()
    assert "7700" not in rule.sender + rule.text + delivery.note + str(delivery.log)
