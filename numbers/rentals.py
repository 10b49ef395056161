"""Starts, extends, ends and cancels rentals.

The database decides: its exclusion constraint prevents two live rentals of a number from overlapping, cool-down
included, and its trigger refuses numbers that were ever public. A lease is locked before its rental, so that no
number is rented while it is being retired. All times are from the database's clock, which assigns messages to rentals.

    RentalRefused
    ├── NotRentable     not_rentable: not leased and active, or public before
    ├── NotFree         not_free: rented at this time, or cooling down
    ├── NoneFree        none_free: no number of this kind is free
    ├── LeaseEnds       lease_ends: its number retires before the rental would end
    ├── BadTime         bad_time: no or too long a duration, in the past, or not later than before
    ├── Over            over: it has ended or was cancelled
    └── Begun           begun: too late to cancel; it can be ended
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg.types.range import TimestamptzRange

from numbers import leases
from numbers.models import Event, Lease, Number, Rental, durations
from numbers.models.rental import COOL_DOWN, RETENTION
from numbers.signals import rental_ended
from tempsms.lib.durations import BadDuration

LONGEST = durations.RENTAL.most


class RentalRefused(Exception):
    """A rental cannot be changed as asked; the text says why, and `code` is a stable reason for programs."""

    code: ClassVar[str]


class NotRentable(RentalRefused):
    """The number is not leased and active, or it was public before."""

    code = "not_rentable"


class NotFree(RentalRefused):
    """Another rental has the number at this time, or it is cooling down."""

    code = "not_free"


class NoneFree(RentalRefused):
    """No matching number is free."""

    code = "none_free"


class LeaseEnds(RentalRefused):
    """The number retires before the rental would end."""

    code = "lease_ends"


class BadTime(RentalRefused):
    """A duration or time is out of bounds."""

    code = "bad_time"


class Over(RentalRefused):
    """The rental has ended or was cancelled."""

    code = "over"


class Begun(RentalRefused):
    """The rental has begun."""

    code = "begun"


@dataclass(frozen=True, slots=True)
class Terms:
    """The customer, duration and cool-down of a rental, and how long its messages and codes are kept.

    `owner` is the API client that may see it; empty for operators' own.
    """

    holder: str
    lasts: timedelta
    cool_down: timedelta = COOL_DOWN
    retention: timedelta = RETENTION
    code_life: timedelta | None = None
    owner: str = ""
    purpose: str = ""

    def check(self) -> None:
        """Raise `BadTime` if a duration is out of bounds."""
        checked = {
            "the duration": (durations.RENTAL, self.lasts),
            "the cool-down": (durations.COOL_DOWN, self.cool_down),
            "the retention": (durations.RETENTION, self.retention),
            "the life of codes": (durations.CODE_LIFE, self.code_life),
        }
        for what, (bounds, value) in checked.items():
            try:
                if value is not None:
                    bounds.check(value)
            except BadDuration as error:
                raise BadTime(f"{what}: {error}") from None


def start(number: Number, terms: Terms, *, begins_at: datetime | None = None, keep: bool = False) -> Rental:
    """Rent a number, from now on or from `begins_at`. `keep` postpones the number's retirement if necessary.

    Raises `RentalRefused`, but not `NoneFree`.
    """
    terms.check()
    with transaction.atomic():
        # The lease before the rental, here and wherever a number is taken out
        # of use: no deadlock, and no rental of a number that is being retired
        lease = _lock_active_lease(number)
        begin, end = _choose_span(begins_at, terms.lasts)
        _ensure_lease_lasts(lease, end, keep=keep)
        with _refuse_conflicts(number):
            # The exclusion constraint decides between two that
            # got this far: application checks would leave a gap
            return Rental.objects.create(
                number=number,
                holder=terms.holder,
                owner=terms.owner,
                purpose=terms.purpose,
                during=TimestamptzRange(begin, end),
                held=TimestamptzRange(begin, end + terms.cool_down),
                retention=terms.retention,
                code_life=terms.code_life,
            )


def start_any(
    country: str,
    kind: str,
    terms: Terms,
    *,
    capabilities: Collection[str] = (),
    among: Collection[int] | None = None,
) -> Rental:
    """Rent, from now on, any number that is free long enough, of a country and kind ("" for any), with capabilities.

    `among` are the ids of the numbers to choose from; None means all.

    Concurrent attempts get different numbers. Raises `NoneFree` and `BadTime`.
    """
    terms.check()
    wanted = _describe_wanted(country, kind, capabilities, among)
    # Whoever loses a race for a number looks again: by then its rental excludes it from the free ones
    while True:
        begin, end = _choose_span(None, terms.lasts)
        fitting = free(begin, end, terms.cool_down).filter(wanted).order_by("pk")
        # Left by an exception, the block gives its lock back even inside a longer transaction: two that hold one
        # number each and try the other's would wait for each other
        with suppress(NotRentable, NotFree, LeaseEnds), transaction.atomic():
            # a locked one is probably being rented: wait for it only if there is no other
            unlocked = fitting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
            lease = unlocked or fitting.select_for_update(of=("self",), no_key=True).first()
            if lease is None:
                raise NoneFree(_explain_none_free(wanted, begin))
            return start(lease.number, terms)


def _describe_wanted(
    country: str, kind: str, capabilities: Collection[str], among: Collection[int] | None
) -> Q:
    """The condition on leases for the numbers that are wanted."""
    wanted = Q(number__capabilities__contains=sorted(capabilities))
    if country:
        wanted &= Q(number__country=country)
    if kind:
        wanted &= Q(number__kind=kind)
    return wanted if among is None else wanted & Q(number__in=among)


def _explain_none_free(wanted: Q, at: datetime) -> str:
    """Why no number is free, and when the first may be."""
    fitting = Lease.objects.filter(wanted, state=Lease.State.ACTIVE, number__ever_public=False)
    if not (count := fitting.count()):
        return "no matching number is free for that long: there is none that can be rented"
    held = Rental.objects.filter(
        number__in=fitting.values("number"), cancelled=False, held__contains=at, held__upper_inf=False
    )
    first = held.order_by("held__endswith").first()
    if first is None:
        return f"no matching number is free for that long: {count} are booked, or retire before"
    state = "cooling down" if first.during.upper <= at else "rented or cooling down"
    of = "it is" if count == 1 else f"the first of {count} is"
    return f"no matching number is free for that long: {of} {state} until {first.held.upper:%Y-%m-%d %H:%M:%S} UTC"


def free(begin: datetime, end: datetime, cool_down: timedelta = COOL_DOWN) -> QuerySet[Lease]:
    """The leases whose numbers can be rented from `begin` to `end`."""
    held = TimestamptzRange(begin, end + cool_down)
    taken = Rental.objects.filter(number=OuterRef("number"), cancelled=False, held__overlap=held)
    stays = Q(retire_at=None) | Q(retire_at__gte=end)
    active = Lease.objects.filter(stays, ~Exists(taken), state=Lease.State.ACTIVE, number__ever_public=False)
    return active.select_related("number")


def extend(rental: Rental, until: datetime, *, keep: bool = False) -> Rental:
    """Extend a rental, moving its cool-down along.

    Raises `RentalRefused`, which is `BadTime` if the rental already ends then or later.
    """
    with transaction.atomic():
        lease = _lock_active_lease(rental.number)
        locked = _lock_rental(rental)
        check_not_over(locked)
        if not locked.during.upper < until <= now() + LONGEST:
            raise BadTime(
                f"the new end must be after {locked.during.upper:%Y-%m-%d %H:%M} UTC"
                f" and within {LONGEST.days} days from now"
            )
        _ensure_lease_lasts(lease, until, keep=keep)
        with _refuse_conflicts(rental.number):
            return _set_end(locked, until)


def end(rental: Rental) -> Rental:
    """End a rental now; one that has not begun is cancelled. Raises `Over`."""
    with transaction.atomic():
        locked = _lock_rental(rental)
        check_not_over(locked)
        return _end_locked(locked)


def cancel(rental: Rental) -> Rental:
    """Cancel a rental that has not begun, which frees its time. Raises `Over` and `Begun`."""
    with transaction.atomic():
        locked = _lock_rental(rental)
        check_not_over(locked)
        if locked.during.lower <= now():
            raise Begun("it has begun: it can only be ended")
        return _end_locked(locked)


def cut_short(number: Number) -> int:
    """End all current and future rentals of a number that is taken out of use; return how many."""
    with transaction.atomic():
        left = number.rentals.select_for_update(no_key=True).not_over()
        return len([_end_locked(rental) for rental in left.order_by("pk")])


def check_not_over(rental: Rental) -> None:
    """Raise `Over` if the rental has ended or was cancelled."""
    if rental.cancelled:
        raise Over("it was cancelled")
    if rental.during.upper <= now():
        raise Over(f"it ended on {rental.during.upper:%Y-%m-%d at %H:%M} UTC")


def now() -> datetime:
    """The current time of the database's clock, not the start of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone() or (None,)
    assert isinstance(at, datetime)
    return at


def _lock_active_lease(number: Number) -> Lease:
    """The number's active lease, locked so that it is not retired meanwhile; raises `NotRentable`."""
    # FOR NO KEY UPDATE lets others insert timeline entries and intents that refer to the row
    lease = number.leases.select_for_update(no_key=True).filter(state=Lease.State.ACTIVE).first()
    if lease is None:
        raise NotRentable(f"{number} is not leased or is being retired")
    return lease


def _lock_rental(rental: Rental) -> Rental:
    """The rental as it is now, locked; the row of its number is not."""
    return (
        Rental.objects.select_for_update(of=("self",), no_key=True).select_related("number").get(pk=rental.pk)
    )


def _choose_span(begins_at: datetime | None, lasts: timedelta) -> tuple[datetime, datetime]:
    """Begin and end of a new rental; raises `BadTime`."""
    # Asked for after the locks: a transaction that waited for one began in the past
    at = now()
    if begins_at is not None and not at <= begins_at <= at + LONGEST:
        raise BadTime(f"a rental must begin now or within {LONGEST.days} days")
    begin = begins_at or at
    return begin, begin + lasts


def _ensure_lease_lasts(lease: Lease, until: datetime, *, keep: bool) -> None:
    """Ensure that a lease lasts until `until`: raise `LeaseEnds`, or postpone its retirement if `keep` is set."""
    if lease.retire_at is None or lease.retire_at >= until:
        return
    if not keep:
        raise LeaseEnds(
            f"the number retires on {lease.retire_at:%Y-%m-%d at %H:%M} UTC, before the rental would end"
        )
    lease.retire_at = until
    lease.save(update_fields=["retire_at"])
    leases.note(lease, Event.What.KEPT, "until the end of a rental", actor=Event.Actor.RENTALS)


@contextmanager
def _refuse_conflicts(number: Number) -> Iterator[None]:
    """Translate constraint violations into `NotFree` and `NotRentable`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if broken == "rental_excludes_others":
            raise NotFree(f"{number} is rented at this time or cooling down") from None
        if broken == "rental_needs_private_number":
            raise NotRentable(f"{number} was public before, so it cannot be rented") from None
        raise


def _end_locked(rental: Rental) -> Rental:
    """End a locked rental now, or cancel it if it has not begun, and send `rental_ended`."""
    at = now()
    # Not `<=`: a range from now until now would be empty, which the database refuses
    if rental.during.lower < at:
        _set_end(rental, at)
    else:
        rental.cancelled = True
        rental.save(update_fields=["cancelled"])
    transaction.on_commit(lambda: rental_ended.send_robust(Rental, rental=rental))
    return rental


def _set_end(rental: Rental, until: datetime) -> Rental:
    """Set another end for a locked rental; the length of its cool-down stays, also if it is unbounded."""
    held_until = rental.held.upper and until + (rental.held.upper - rental.during.upper)
    rental.during = TimestamptzRange(rental.during.lower, until)
    rental.held = TimestamptzRange(rental.held.lower, held_until)
    rental.save(update_fields=["during", "held"])
    return rental
