"""Forgetting: codes after their life or their use, messages with their day, and nothing in the way of ingest."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from inbox.models import Code, Message
from inbox.privacy import retention
from numbers.carriers.messages import Inbound
from numbers.models import Lease, Rental
from tests.arrivals import arrive_now
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number

pytestmark = pytest.mark.django_db(transaction=True)
Lives = Callable[[], timedelta]


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


def receive(lease: Lease, *texts: str) -> list[int]:
    """Ids of texts that have arrived."""
    found = [
        Inbound(f"{lease.pk} {n} {text}", "ACME", lease.number.e164, text) for n, text in enumerate(texts)
    ]
    arrive_now(lease.account_id, *found)
    return list(Message.objects.order_by("id").values_list("id", flat=True))[-len(texts) :]


def life_of_the_code(message_id: int) -> timedelta:
    """How long a code is kept after its message came."""
    received: datetime = Message.objects.get(pk=message_id).received_at
    return Code.objects.get(pk=message_id).expires_at - received


def partitions(sql: Sql) -> set[str]:
    """Names of the days' tables, attached or not."""
    return {
        name for (name,) in sql("SELECT relname FROM pg_class WHERE relname ~ '^inbox_message_[0-9]{8}$'")
    }


def old_partition(sql: Sql, days: int = 2) -> str:
    """A partition of a day that is over, with a message in it."""
    day = timezone.now().astimezone(UTC).date() - timedelta(days=days)
    name = f"inbox_message_{day:%Y%m%d}"
    sql(
        f"CREATE TABLE {name} PARTITION OF inbox_message FOR VALUES FROM ('{day} 00:00+00')"
        f" TO ('{day + timedelta(days=1)} 00:00+00')"
    )
    sql(
        "INSERT INTO inbox_message (number_id, account_id, carrier_ref, direction, sender, body, cuts, code_reason,"
        " segments, encoding, flags, media, public, received_at, expires_at)"
        f" VALUES (1, 1, 'x', 'in', 'ACME', 'old', '{{}}', '', 1, 'GSM-7', '{{}}', '[]', true, now(), '{day} 12:00+00')"
    )
    return name


def test_codes_live_as_long_as_the_site_the_number_or_the_rental_says(lease: Lease) -> None:
    (plain,) = receive(lease, "Your code is 482913")
    assert life_of_the_code(plain) == timedelta(minutes=10)
    lease.number.code_life = timedelta(minutes=2)
    lease.number.save()
    (short,) = receive(lease, "Your code is 482914")
    assert life_of_the_code(short) == timedelta(minutes=2)
    private = make_lease(make_number("+15005550007", public=False, code_life=timedelta(minutes=3)))
    now = timezone.now()
    during = (now - timedelta(hours=1), now + timedelta(hours=1))
    Rental.objects.create(
        number=private.number, holder="x", during=during, held=during, code_life=timedelta(hours=5)
    )
    (rented,) = receive(private, "Your code is 482915")
    assert life_of_the_code(rented) == timedelta(hours=5)


def test_no_code_outlives_its_message(lease: Lease) -> None:
    lease.number.retention, lease.number.code_life = timedelta(hours=1), timedelta(hours=9)
    lease.number.save()
    (pk,) = receive(lease, "Your code is 482913")
    assert life_of_the_code(pk) == timedelta(hours=1)


def test_a_used_code_is_forgotten_at_once_and_only_that(
    lease: Lease, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("inbox.live.notices.tell", lambda *notice: told.append(notice))
    used, other, plain = receive(lease, "Your code is 482913", "Your code is 482914", "Hello")
    data = {"action": "forget_codes", "_selected_action": [used, plain]}
    page = admin_client.post("/admin/inbox/message/", data, follow=True).content.decode()
    assert "1 code deleted" in page
    assert told == [("redacted", {"+15005550006": [used]})]
    shown = admin_client.get("/numbers/15005550006/").content.decode()
    assert "482913" not in shown
    assert "482914" in shown
    assert list(Code.objects.values_list("pk", flat=True)) == [other]
    assert retention.consume([used]) == 0


def test_days_that_are_over_are_dropped_and_days_to_come_are_made(sql: Sql) -> None:
    name = old_partition(sql)
    made, dropped = retention.keep_partitions()
    assert dropped == [name]
    today = timezone.now().astimezone(UTC).date()
    assert {f"inbox_message_{today + timedelta(days=n):%Y%m%d}" for n in range(4)} <= partitions(sql)
    assert set(made) <= partitions(sql)
    assert sql("SELECT count(*) FROM inbox_message WHERE body = 'old'") == [(0,)]
    assert retention.keep_partitions() == ([], [])


def test_a_purge_that_was_killed_half_way_is_finished_by_the_next(sql: Sql) -> None:
    name = old_partition(sql)
    sql(f"ALTER TABLE inbox_message DETACH PARTITION {name}")
    assert retention.keep_partitions()[1] == [name]
    assert name not in partitions(sql)


def test_a_purge_gives_way_to_whoever_reads_and_comes_again(
    sql: Sql, lease: Lease, django_db_blocker: Any
) -> None:
    name = old_partition(sql)
    reading, done = threading.Event(), threading.Event()

    def read_long() -> None:
        with django_db_blocker.unblock():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("BEGIN")
                    cursor.execute("SELECT count(*) FROM inbox_message")
                    reading.set()
                    assert done.wait(60)
                    cursor.execute("ROLLBACK")
            finally:
                connection.close()

    reader = threading.Thread(target=read_long)
    reader.start()
    try:
        assert reading.wait(30)
        assert retention.keep_partitions()[1] == []
        assert receive(lease, "Hello")
    finally:
        done.set()
        reader.join()
    assert retention.keep_partitions()[1] == [name]


def test_two_purges_at_once_are_one(sql: Sql, django_db_blocker: Any) -> None:
    names = [old_partition(sql, days) for days in (2, 3, 4)]
    dropped: list[str] = []

    def purge() -> None:
        with django_db_blocker.unblock():
            dropped.extend(retention.keep_partitions()[1])
            connection.close()

    both = [threading.Thread(target=purge) for _ in range(4)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert set(dropped) == set(names)
    assert not partitions(sql) & set(names)
