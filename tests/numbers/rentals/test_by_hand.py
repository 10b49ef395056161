"""Operators start, link, extend and end rentals by the command and in the admin."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from numbers import rental_links
from numbers.models import Lease, Rental, RentalLink
from tests.factories import make_lease, make_number
from tests.numbers.rentals.renting import DAY, HOUR, rent

pytestmark = pytest.mark.django_db


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
