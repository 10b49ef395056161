"""Rentals: started, extended, ended and cancelled once, however many try; and the links to them."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from numbers import pool, rental_links, rentals
from numbers.models import Event, Lease, Number, Rental, RentalLink
from numbers.rentals import Terms
from tests.factories import make_account, make_lease, make_number

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def lease() -> Lease:
    """+15005550006, private and active."""
    return make_lease(make_number(public=False))


def rent(lease: Lease, lasts: timedelta = DAY, **options: Any) -> Rental:
    """A rental of a lease's number."""
    return rentals.start(lease.number, Terms("Ada", lasts), **options)


def all_at_once(action: Callable[[], object], attempts: int = 100) -> Counter[str]:
    """Try something in parallel; how often it was done, and the codes of the refusals."""
    together = threading.Barrier(10)

    def attempt(_: int) -> str:
        together.wait(20)
        try:
            action()
            return "done"
        except rentals.RentalRefused as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        return Counter(threads.map(attempt, range(attempts)))


# Starting


def test_a_rental_holds_its_number_for_its_time_and_the_cool_down(lease: Lease) -> None:
    rental = rent(lease)
    assert rental.during.upper - rental.during.lower == DAY
    assert rental.held.upper - rental.during.upper == timedelta(days=14)
    assert rental.held.lower == rental.during.lower
    assert abs(timezone.now() - rental.during.lower) < timedelta(minutes=1)
    with pytest.raises(rentals.NotFree):
        rent(lease, begins_at=rental.during.upper + timedelta(days=13))
    rent(lease, begins_at=rental.held.upper)


def test_operators_are_told_in_words_that_a_rented_number_cannot_become_public(lease: Lease) -> None:
    rental = rent(lease)
    lease.number.public = True
    with pytest.raises(ValidationError, match="cannot become public"):
        lease.number.full_clean()
    rentals.end(rental)  # it is cooling down
    with pytest.raises(ValidationError, match="cannot become public"):
        lease.number.full_clean()
    lease.number.public = False
    lease.number.full_clean()


@pytest.mark.parametrize("state", [state for state in Lease.State if state != Lease.State.ACTIVE])
def test_only_numbers_that_are_leased_and_active_are_rented(state: Lease.State) -> None:
    with pytest.raises(rentals.NotRentable):
        rent(make_lease(make_number(public=False), state=state))


def test_a_number_that_was_ever_public_is_refused_in_words(lease: Lease) -> None:
    Number.objects.update(public=True)
    Number.objects.update(public=False)
    with pytest.raises(rentals.NotRentable, match="was public"):
        rent(lease)
    with pytest.raises(rentals.NoneFree):
        rentals.start_any("", "", Terms("Ada", HOUR))


@pytest.mark.parametrize("lasts", [timedelta(0), -HOUR, timedelta(days=367), timedelta.max])
def test_a_duration_that_is_none_is_refused(lease: Lease, lasts: timedelta) -> None:
    with pytest.raises(rentals.BadTime):
        rent(lease, lasts)
    with pytest.raises(rentals.BadTime):
        rentals.start_any("", "", Terms("Ada", lasts))


def test_a_rental_does_not_begin_in_the_past(lease: Lease) -> None:
    with pytest.raises(rentals.BadTime):
        rent(lease, begins_at=timezone.now() - HOUR)


def test_a_rental_does_not_outlive_its_lease_unless_the_lease_is_kept(lease: Lease) -> None:
    Lease.objects.update(retire_at=timezone.now() + HOUR)
    with pytest.raises(rentals.LeaseEnds, match="retires on"):
        rent(lease)
    with pytest.raises(rentals.NoneFree):
        rentals.start_any("US", "local", Terms("Ada", DAY))
    rental = rent(lease, keep=True)
    lease.refresh_from_db()
    assert lease.retire_at == rental.during.upper
    assert Event.objects.get(lease=lease).what == "kept"
    with pytest.raises(rentals.LeaseEnds):
        rentals.extend(rental, rental.during.upper + HOUR)
    rentals.extend(rental, rental.during.upper + HOUR, keep=True)


def test_any_number_is_one_of_the_country_and_kind_asked_for(lease: Lease) -> None:
    account = lease.account
    mobile = make_lease(make_number("+447400123456", country="GB", kind="mobile", public=False), account)
    for country, kind, found in (("GB", "", mobile), ("", "local", lease)):
        rental = rentals.start_any(country, kind, Terms("Ada", DAY, cool_down=timedelta(0)))
        assert rental.number == found.number
        rentals.end(rental)
    for country, kind in (("GB", "local"), ("FR", "")):
        with pytest.raises(rentals.NoneFree):
            rentals.start_any(country, kind, Terms("Ada", DAY))


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_attempts_at_a_number_one_gets_it(lease: Lease) -> None:
    assert all_at_once(lambda: rent(lease)) == {"done": 1, "not_free": 99}
    assert Rental.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_attempts_at_any_number_as_many_get_one_as_there_are() -> None:
    account = make_account()
    for last in range(7):
        make_lease(make_number(f"+1500555000{last}", public=False), account)
    assert all_at_once(lambda: rentals.start_any("US", "local", Terms("Ada", DAY))) == {
        "done": 7,
        "none_free": 93,
    }
    assert Rental.objects.values("number").distinct().count() == 7


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_being_quarantined_is_not_rented_meanwhile(lease: Lease) -> None:
    turns: Iterator[Callable[[Lease], object]] = iter([rent, pool.quarantine] * 10)
    done = all_at_once(lambda: next(turns)(lease), 20)
    assert set(done) <= {"done", "not_free", "not_rentable"}
    assert not Rental.objects.filter(cancelled=False, during__endswith__gt=timezone.now()).exists()


# Extending, ending, cancelling


def test_an_extended_rental_ends_later_and_so_does_its_cool_down(lease: Lease) -> None:
    rental = rent(lease)
    until = rental.during.upper + DAY
    extended = rentals.extend(rental, until)
    assert (extended.during.upper, extended.held.upper) == (until, until + timedelta(days=14))
    with pytest.raises(rentals.BadTime):
        rentals.extend(rental, until)
    with pytest.raises(rentals.BadTime):
        rentals.extend(rental, until + timedelta(days=400))


def test_a_rental_is_not_extended_into_the_next_one(lease: Lease) -> None:
    first = rentals.start(lease.number, Terms("Ada", DAY, cool_down=timedelta(0)))
    rent(lease, begins_at=first.during.upper)
    with pytest.raises(rentals.NotFree):
        rentals.extend(first, first.during.upper + HOUR)
    Lease.objects.update(state="draining")
    with pytest.raises(rentals.NotRentable):
        rentals.extend(first, first.during.upper + HOUR)


def test_a_rental_that_is_ended_keeps_its_cool_down_and_ends_once(lease: Lease) -> None:
    rental = rentals.end(rent(lease))
    assert rental.during.upper <= timezone.now()
    assert rental.held.upper - rental.during.upper == timedelta(days=14)
    for action in (rentals.end, rentals.cancel):
        with pytest.raises(rentals.Over):
            action(rental)
    with pytest.raises(rentals.Over):
        rentals.extend(rental, timezone.now() + DAY)
    with pytest.raises(rentals.NotFree):
        rent(lease)


def test_what_has_not_begun_is_cancelled_and_its_time_is_free_again(lease: Lease) -> None:
    begins_at = timezone.now() + DAY
    for action in (rentals.cancel, rentals.end):
        rental = rent(lease, begins_at=begins_at)
        assert action(rental).cancelled
        with pytest.raises(rentals.Over):
            action(rental)
    with pytest.raises(rentals.Begun):
        rentals.cancel(rent(lease))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["end", "extend", "cancel"])
def test_of_a_hundred_attempts_to_change_a_rental_one_does(lease: Lease, name: str) -> None:
    rental = rent(lease, begins_at=timezone.now() + HOUR) if name == "cancel" else rent(lease)
    until = rental.during.upper + DAY
    actions: dict[str, tuple[Callable[[], object], str]] = {
        "end": (lambda: rentals.end(rental), "over"),
        "extend": (lambda: rentals.extend(rental, until), "bad_time"),
        "cancel": (lambda: rentals.cancel(rental), "over"),
    }
    action, refusal = actions[name]
    assert all_at_once(action) == {"done": 1, refusal: 99}


def test_a_number_that_goes_ends_what_is_rented_and_what_is_booked(lease: Lease) -> None:
    now = rentals.start(lease.number, Terms("Ada", DAY, cool_down=timedelta(0)))
    later = rent(lease, begins_at=now.during.upper)
    pool.quarantine(lease)
    for rental in (now, later):
        rental.refresh_from_db()
    assert now.during.upper <= timezone.now()
    assert (now.cancelled, later.cancelled) == (False, True)


def test_a_booked_number_is_not_retired_before(lease: Lease) -> None:
    rent(lease, begins_at=timezone.now() + DAY)
    Lease.objects.update(state="draining", state_since=timezone.now() - DAY)
    assert pool.retire_due() == 0


def test_a_number_stays_private_until_its_last_holder_has_cooled_down(lease: Lease) -> None:
    rentals.end(rent(lease))
    with pytest.raises(IntegrityError, match="rented"), transaction.atomic():
        Number.objects.update(public=True)
    yesterday = (timezone.now() - 2 * DAY, timezone.now() - DAY)
    Rental.objects.update(during=yesterday, held=yesterday)
    Number.objects.update(public=True)
    Rental.objects.update(holder="corrected")
    with pytest.raises(IntegrityError, match="was public"), transaction.atomic():
        Rental.objects.update(during=(timezone.now(), timezone.now() + DAY))


# Links


def test_a_link_is_long_and_only_its_hash_is_kept(lease: Lease) -> None:
    link, address = rental_links.make(rent(lease), "ada")
    prefix, _, token = address.rstrip("/").rpartition("/")
    assert (prefix, len(token)) == ("http://127.0.0.1:8000/r", 43)
    assert rental_links.find(token) == link
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM numbers_rentallink l")
        ((row,),) = cursor.fetchall()
    assert token not in row
    for wrong in ("", token[:-1], token.swapcase(), f"{token}=", "\ud800"):
        assert rental_links.find(wrong) is None


def test_a_revoked_link_is_found_no_more_and_others_are(lease: Lease) -> None:
    rental = rent(lease)
    (one, address), (other, kept) = rental_links.make(rental), rental_links.make(rental)
    assert rental_links.revoke(one)
    assert not rental_links.revoke(one)
    assert rental_links.find(address.split("/")[-2]) is None
    assert rental_links.find(kept.split("/")[-2]) == other


def test_a_rental_that_is_over_gets_no_link_and_old_ones_are_forgotten(lease: Lease) -> None:
    rental = rent(lease)
    rental_links.make(rental)
    rentals.end(rental)
    with pytest.raises(rentals.Over):
        rental_links.make(rental)
    assert rental_links.forget() == 0
    long_ago = timezone.now() - rental_links.KEPT_FOR - HOUR
    Rental.objects.update(during=(long_ago - DAY, long_ago), held=(long_ago - DAY, long_ago))
    assert rental_links.forget() == 1


# The command


def test_the_command_starts_links_revokes_and_ends(lease: Lease, capsys: pytest.CaptureFixture[str]) -> None:
    def run_command(*argv: str) -> dict[str, Any]:
        call_command("rental", *argv)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    started = run_command("start", "--number", "+15005550006", "--holder", "Ada", "--hours", "2")
    rental = Rental.objects.get(pk=started["id"])
    assert rental.during.upper - rental.during.lower == 2 * HOUR
    assert rental_links.find(started["link"].split("/")[-2]) == RentalLink.objects.get(pk=started["link_id"])
    other = run_command("link", str(rental.pk))
    assert run_command("revoke", str(other["link_id"])) == {"link_id": other["link_id"], "revoked": True}
    assert run_command("revoke", str(other["link_id"]))["revoked"] is False
    assert run_command("end", str(rental.pk))["cancelled"] is False
    rental.refresh_from_db()
    assert rental.during.upper <= timezone.now()
    make_lease(make_number("+447400123456", country="GB", kind="mobile", public=False), lease.account)
    any_number = ("start", "--country", "gb", "--kind", "mobile", "--holder", "Ada", "--hours", "0.5")
    assert run_command(*any_number)["number"] == "+447400123456"
    soon = timezone.now() + HOUR
    kept = make_lease(make_number("+33644631234", country="FR", public=False), lease.account, retire_at=soon)
    longer = ("start", "--number", "+33644631234", "--holder", "Ada", "--hours", "2")
    with pytest.raises(CommandError, match="retire"):
        run_command(*longer)
    assert run_command(*longer, "--keep")["number"] == "+33644631234"
    kept.refresh_from_db()
    assert kept.retire_at is not None
    assert kept.retire_at > soon


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["end", "999999"], "no rental 999999"),
        (["revoke", "999999"], "no link 999999"),
        (["start", "--number", "+15005559999", "--holder", "Ada", "--hours", "2"], "no number"),
        (["start", "--number", "+15005550006", "--holder", "Ada", "--hours", "-2"], "the duration"),
        (["start", "--number", "+15005550006", "--holder", "Ada", "--hours", "1e300"], "number of hours"),
        (["start", "--country", "FR", "--holder", "Ada", "--hours", "2"], "free"),
    ],
)
def test_the_command_says_what_is_wrong(lease: Lease, argv: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("rental", *argv)


# The admin


def chosen(rental: Rental, action: str, **more: str) -> dict[str, Any]:
    """The form of an action on a rental."""
    return {"action": action, "_selected_action": [rental.pk], **more}


def links_on(answer: Any) -> list[str]:
    """The links that a page shows."""
    return re.findall(r"<code[^>]*>http://127.0.0.1:8000(/r/[^<]+)</code>", answer.content.decode())


def test_an_operator_starts_a_rental_and_sees_its_link_once(lease: Lease, admin_client: Client) -> None:
    lease = make_lease(make_number("+15005550007", public=False), lease.account)  # any free one is the older
    form = {"holder": "Ada", "hours": "48"}
    assert "+15005550007" in admin_client.get("/admin/numbers/rental/add/").content.decode()
    answer = admin_client.post("/admin/numbers/rental/add/", {**form, "number": str(lease.number_id)})
    (link,) = links_on(answer)
    assert "no-store" in answer["Cache-Control"]
    rental = Rental.objects.get()
    assert (rental.holder, rental.during.upper - rental.during.lower) == ("Ada", 2 * DAY)
    assert rental.number_id == lease.number_id
    found = rental_links.find(link.split("/")[2])
    assert found is not None
    assert found.made_by == "admin"
    for path in ("rental/", f"rental/{rental.pk}/change/", "rentallink/", f"rentallink/{found.pk}/change/"):
        page = admin_client.get(f"/admin/numbers/{path}").content.decode()
        assert "for Ada" in page or "running" in page
        assert link not in page
    refused = admin_client.post("/admin/numbers/rental/add/", {**form, "country": "fr"}).content.decode()
    assert "no matching number is free" in refused
    assert "+15005550007" not in admin_client.get("/admin/numbers/rental/add/").content.decode()


def test_an_operator_makes_and_revokes_links_extends_and_ends(lease: Lease, admin_client: Client) -> None:
    rental = rent(lease)
    (link,) = links_on(admin_client.post("/admin/numbers/rental/", chosen(rental, "make_links")))
    (one,) = RentalLink.objects.all()
    form = {"action": "revoke", "_selected_action": [one.pk]}
    for done in (1, 0):
        page = admin_client.post("/admin/numbers/rentallink/", form, follow=True).content.decode()
        assert f"{done} revoked" in page
    assert rental_links.find(link.split("/")[2]) is None

    asked = admin_client.post("/admin/numbers/rental/", chosen(rental, "extend"))
    assert 'name="until"' in asked.content.decode()
    until = (rental.during.upper + DAY).replace(second=0, microsecond=0)
    extend = chosen(rental, "extend", confirmed="1", until=f"{until:%Y-%m-%dT%H:%M}")
    for done, shown in ((1, "1 done"), (0, "the new end must be after")):
        assert shown in admin_client.post("/admin/numbers/rental/", extend, follow=True).content.decode(), (
            done
        )
    rental.refresh_from_db()
    assert rental.during.upper == until

    admin_client.post("/admin/numbers/rental/", chosen(rental, "end"))
    rental.refresh_from_db()
    assert rental.during.upper <= timezone.now()
    assert links_on(admin_client.post("/admin/numbers/rental/", chosen(rental, "make_links"))) == []


def test_who_may_only_look_does_nothing(lease: Lease, client: Client, django_user_model: Any) -> None:
    rental = rent(lease)
    link, _ = rental_links.make(rental)
    user = django_user_model.objects.create_user("looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_rental", "view_rentallink"]))
    client.force_login(user)
    assert client.get("/admin/numbers/rental/").status_code == 200
    assert client.get("/admin/numbers/rental/add/").status_code == 403
    assert client.post("/admin/numbers/rental/add/", {"holder": "x", "hours": 1}).status_code == 403
    for action in ("make_links", "extend", "end"):
        form = chosen(rental, action, confirmed="1", until=f"{timezone.now() + 9 * DAY:%Y-%m-%dT%H:%M}")
        client.post("/admin/numbers/rental/", form)
    client.post("/admin/numbers/rentallink/", {"action": "revoke", "_selected_action": [link.pk]})
    rental.refresh_from_db()
    assert rental.during.upper - rental.during.lower == DAY
    assert list(RentalLink.objects.values_list("pk", "revoked_at")) == [(link.pk, None)]
