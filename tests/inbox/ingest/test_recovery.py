"""What never came by webhook is read from the carrier's log: once, flagged, and never beside what came."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from inbox.ingest import intake, recovery
from inbox.models import Message
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed
from numbers.carriers.httpsms.api import HttpSmsApi
from numbers.carriers.messages import Inbound
from numbers.models import Account, Number, Rental
from tempsms.lib.postgres import Unavailable
from tests.arrivals import arrive_now
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log() -> Iterator[FakeCarrier]:
    """A carrier that keeps a log of messages."""
    with FakeCarrier(Feature.MESSAGES, name="log", title="Log").registered() as log:
        yield log


@pytest.fixture
def account(log: FakeCarrier) -> Account:
    """An account there with +15005550006."""
    account = make_account(carrier="log", secrets={})
    make_lease(account=account)
    return account


def message(ref: str, body: str = "Your code is 482913", **changes: object) -> Inbound:
    """A message to our number, as the log lists it."""
    values: dict[str, object] = {"sent_at": timezone.now(), "recipient": "+15005550006", **changes}
    return Inbound(ref, "+14155550100", body=body, **values)  # type: ignore[arg-type]


def test_what_never_came_is_stored_once_and_flagged(account: Account, log: FakeCarrier) -> None:
    log.log = [message("m1"), message("m2", "See you", flags=("binary",))]
    assert recovery.recover(account) == 2
    assert recovery.recover(account) == 0
    first, second = Message.objects.order_by("id")
    assert (first.carrier_ref, first.flags, second.flags) == ("m1", ["recovered"], ["binary", "recovered"])
    assert "482913" not in first.body


def test_what_came_by_webhook_is_left_out(account: Account, log: FakeCarrier) -> None:
    log.log = [message("m1")]
    arrive_now(account.pk, message("m1"))
    assert recovery.recover(account) == 0
    assert Message.objects.get().flags == []


def test_the_log_is_read_from_a_little_before_the_agreed_point(account: Account, log: FakeCarrier) -> None:
    recovery.recover(account)
    agreed = Account.objects.get(pk=account.pk).agreed_until
    assert agreed
    assert timezone.now() - agreed < timedelta(minutes=1)
    recovery.recover(account)
    assert log.log_read_since[1] == agreed - recovery.OVERLAP


def test_nothing_older_than_the_retention_is_asked_for(account: Account, log: FakeCarrier) -> None:
    account.agreed_until = datetime(2026, 1, 1, tzinfo=UTC)
    account.save()
    assert recovery.recover(account) == 0
    assert timezone.now() - log.log_read_since[0] < timedelta(hours=24, minutes=1)


@pytest.mark.parametrize("hours", [-100, -5, 5, 100])
def test_what_was_found_is_stored_whatever_a_phones_clock_says(
    account: Account, log: FakeCarrier, hours: int
) -> None:
    log.log = [message("m1", sent_at=timezone.now() + timedelta(hours=hours))]
    assert recovery.recover(account) == 1
    assert recovery.recover(account) == 0


def test_the_log_of_phones_is_read_from_as_much_earlier_as_their_clocks_may_be_off(
    account: Account, log: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.recover(account)
    log.api.clock_error = timedelta(hours=24)
    recovery.recover(account)
    assert timedelta(hours=24, minutes=14) < log.log_read_since[0] - log.log_read_since[1] + recovery.OVERLAP
    assert HttpSmsApi.clock_error == timedelta(hours=24)


@pytest.fixture
def private(account: Account) -> Number:
    """A number there that can be rented."""
    return make_lease(make_number("+15005550007", public=False), account).number


def rented(number: Number, since: datetime, until: datetime) -> Rental:
    """A rental of that time."""
    during = TimestamptzRange(since, until)
    return Rental.objects.create(number=number, holder="A", during=during, held=during)


def to_rented(now: datetime, minutes: int | None) -> Inbound:
    """A message to the number that is rented, of so many minutes from now."""
    sent_at = None if minutes is None else now + timedelta(minutes=minutes)
    return message("m1", recipient="+15005550007", sent_at=sent_at)


@pytest.mark.parametrize(
    ("sent", "phone", "owner"),
    [
        (-30, False, "first"),  # a carrier's own time is believed
        (-1, False, "second"),
        (-600, False, None),
        (-30, True, None),  # listed late: two rentals, and no clock to tell them apart by
        (-1, True, None),  # a clock of which nothing is known
        (600, True, None),
        (None, True, None),
    ],
)
def test_what_is_found_belongs_to_whose_it_can_only_be(
    account: Account,
    log: FakeCarrier,
    private: Number,
    monkeypatch: pytest.MonkeyPatch,
    sent: int | None,
    phone: bool,
    owner: str | None,
) -> None:
    log.api.clock_error = timedelta(hours=24 * phone)
    now = timezone.now()
    account.agreed_until = now
    account.save()
    rentals = {
        "first": rented(private, now - timedelta(minutes=60), now - timedelta(minutes=8)),
        "second": rented(private, now - timedelta(minutes=4), now + timedelta(hours=1)),
    }
    log.log = [to_rented(now, sent)]
    assert recovery.recover(account) == 1
    found = Message.objects.get()
    assert (found.rental, found.public) == (rentals[owner] if owner else None, False)


@pytest.mark.parametrize(
    ("minutes_off", "sent", "owner"),
    [(0, -1, "second"), (3, -1, "second"), (8, -1, None), (8, -17, "first"), (-8, -1, None), (0, -6, None)],
)
def test_between_two_rentals_a_phones_clock_is_believed_as_far_as_it_was_right(
    account: Account, log: FakeCarrier, private: Number, minutes_off: int, sent: int, owner: str | None
) -> None:
    log.api.clock_error = timedelta(hours=24)
    now = timezone.now()
    Account.objects.filter(pk=account.pk).update(agreed_until=now - timedelta(minutes=20))
    account.refresh_from_db()
    arrive_now(account.pk, replace(to_rented(now, minutes_off), ref="by webhook"))
    late = replace(to_rented(now, -15), ref="recovered before", flags=("recovered",))
    arrive_now(account.pk, late)
    rentals = {
        "first": rented(private, now - timedelta(minutes=60), now - timedelta(minutes=8)),
        "second": rented(private, now - timedelta(minutes=4), now + timedelta(hours=1)),
    }
    log.log = [to_rented(now, sent)]
    assert recovery.recover(account) == 1
    assert Message.objects.get(carrier_ref="m1").rental == (rentals[owner] if owner else None)


@pytest.mark.parametrize("sent", [-600, 600, None])
def test_a_wrong_clock_takes_no_message_from_the_only_rental(
    account: Account, log: FakeCarrier, private: Number, monkeypatch: pytest.MonkeyPatch, sent: int | None
) -> None:
    log.api.clock_error = timedelta(hours=24)
    now = timezone.now()
    rented(private, now - timedelta(minutes=800), now - timedelta(minutes=500))
    rental = rented(private, now - timedelta(minutes=4), now + timedelta(hours=1))
    account.agreed_until = now
    account.save()
    log.log = [to_rented(now, sent)]
    assert recovery.recover(account) == 1
    assert Message.objects.get().rental == rental


def test_an_agreed_point_of_a_clock_that_was_set_back_is_not_believed(
    account: Account, log: FakeCarrier
) -> None:
    account.agreed_until = timezone.now() + timedelta(hours=2)
    account.save()
    recovery.recover(account)
    assert timezone.now() - log.log_read_since[0] >= timedelta(hours=24)
    account.refresh_from_db()
    assert account.agreed_until <= timezone.now()


def test_ids_follow_the_order_of_sending(account: Account, log: FakeCarrier, settings: Any) -> None:
    settings.INGEST_QUEUE_LIMIT = 400  # 40 at a time
    hour_ago = timezone.now() - timedelta(hours=1)
    log.log = [message(f"m{n:03}", sent_at=hour_ago + timedelta(seconds=n)) for n in range(200)][::-1]
    assert recovery.recover(account) == 200
    refs = list(Message.objects.order_by("id").values_list("carrier_ref", flat=True))
    assert refs == sorted(refs)


def test_trouble_leaves_the_agreed_point_where_it_was(
    account: Account, log: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.fails = CallFailed("down", retry=True)
    assert recovery.recover_all() == 0
    log.fails, log.log = None, [message("m1")]

    async def no(*_: object, **__: object) -> None:
        raise Unavailable

    monkeypatch.setattr(intake, "accept", no)
    with pytest.raises(Unavailable):
        recovery.recover(account)
    assert Account.objects.get(pk=account.pk).agreed_until is None


def test_what_cannot_be_stored_hinders_nothing_else(account: Account, log: FakeCarrier) -> None:
    nowhere = Inbound("m4", "+1", "+1\0", "to no number")
    log.log = [
        nowhere,
        message("m1", "a\0b"),
        message("m2"),
        Inbound("m3", "+1", "+12025550199", "not ours"),
    ]
    assert recovery.recover(account) == 2


def test_the_command_says_how_many(
    account: Account, log: FakeCarrier, capsys: pytest.CaptureFixture[str]
) -> None:
    log.log = [message("m1")]
    call_command("reconcile")
    assert capsys.readouterr().out == "1 message recovered\n"
    call_command("reconcile", account=account.pk)
    assert capsys.readouterr().out == "0 messages recovered\n"
    log.fails = CallFailed("down")
    with pytest.raises(CommandError, match="down"):
        call_command("reconcile", account=account.pk)
    with pytest.raises(CommandError, match="no account 0"):
        call_command("reconcile", account=0)


async def test_a_recovered_message_is_marked_on_the_page(
    site: httpx.AsyncClient, account: Account, log: FakeCarrier
) -> None:
    await intake.accept(account.pk, message("m1", flags=("recovered",)))
    page = await site.get("/numbers/15005550006/")
    assert "Arrived late" in page.text


def test_a_long_log_does_not_fill_the_queue(account: Account, log: FakeCarrier, settings: Any) -> None:
    settings.INGEST_QUEUE_LIMIT = 50
    log.log = [message(f"m{n}") for n in range(120)]
    assert recovery.recover(account) == 120


def test_an_account_whose_messages_cannot_be_stored_does_not_hold_up_the_next(
    account: Account, log: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_account(carrier="log", secrets={})
    recover = recovery.recover

    def fails_first(one: Account) -> int:
        if one == account:
            raise Unavailable
        return recover(one)

    monkeypatch.setattr(recovery, "recover", fails_first)
    log.log = [message("m1")]
    recovery.recover_all()
    other.refresh_from_db()
    assert other.agreed_until is not None
