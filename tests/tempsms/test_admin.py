"""Operators find what they look for, see what they decide about, and what each thing waits for."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import formats, timezone

from inbox.models import Message, Report
from numbers import canaries, leases, offers, pool
from numbers.models import Event, Health, Intent, Lease, PoolTarget
from tests.factories import make_account, make_lease, make_message, make_number, make_rental

pytestmark = pytest.mark.django_db
WRITTEN = [
    "+15005550006",
    "15005550006",
    " +1 500 555 0006 ",
    "1 (500) 555-0006",
    "0015005550006",
    "555 0006",
]
WRITTEN += ["١٥٠٠٥٥٥٠٠٠٦"]


def search(client: Client, path: str, term: str) -> set[int]:
    """The rows that a search gives."""
    answer = client.get(f"/admin/{path}/", {"q": term})
    assert answer.status_code == 200
    return {int(pk) for pk in re.findall(rf"/admin/{path}/(\d+)/change/", answer.content.decode())}


@pytest.fixture
def lease() -> Lease:
    """A leased public number."""
    return make_lease()


def test_numbers_are_found_however_they_are_written(admin_client: Client, lease: Lease) -> None:
    other = make_lease(make_number("+447700900123", country="GB"), lease.account)
    mine, theirs = make_message(lease, "one"), make_message(other, "two")
    for term in WRITTEN:
        assert search(admin_client, "inbox/message", term) == {mine.pk}, term
        assert search(admin_client, "numbers/number", term) == {lease.number_id}, term
        assert search(admin_client, "numbers/lease", term) == {lease.pk}, term
    assert search(admin_client, "inbox/message", "07700 900123") == {theirs.pk}


def test_messages_are_found_by_sender_and_text_but_never_by_code(admin_client: Client, lease: Lease) -> None:
    coded = make_message(lease, "Your Acme code is 482913", sender="ACME")
    plain = make_message(lease, "Lunch at one? 50% off", sender="+4915112345678")
    found = {
        term: search(admin_client, "inbox/message", term)
        for term in (
            "acme",
            "your acme CODE",
            "lunch",
            "50%",
            "+49 151 1234",
            "4915112345678",
            "482913",
            "4829",
            "_",
        )
    }
    assert found == {
        "acme": {coded.pk},
        "your acme CODE": {coded.pk},
        "lunch": {plain.pk},
        "50%": {plain.pk},
        "+49 151 1234": {plain.pk},
        "4915112345678": {plain.pk},
        "482913": set(),
        "4829": set(),
        "_": set(),
    }
    page = admin_client.get("/admin/inbox/message/", {"q": "lunch"}).content.decode()
    assert "Lunch" not in page, "lists show no texts"


def test_a_search_reads_only_the_newest_texts(
    admin_client: Client, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.admin.messages.SEARCHED", 2)
    for _ in range(3):
        make_message(lease, "the same text")
    assert len(search(admin_client, "inbox/message", "same text")) == 2


def test_a_list_of_messages_reads_none_but_the_newest(
    admin_client: Client, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.admin.messages.LISTED", 2)
    monkeypatch.setattr("inbox.admin.messages.MessageAdmin.list_per_page", 1)
    rows = [make_message(lease, "a text") for _ in range(3)]
    Message.objects.filter(pk=rows[0].pk).update(encoding="UCS-2")
    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get("/admin/inbox/message/")
    assert page.context["cl"].result_count == 2
    # each of these would look at every message
    read = [query["sql"] for query in queries if "inbox_message" in query["sql"]]
    assert not [sql for sql in read if "DISTINCT" in sql or "LIMIT" not in sql]
    for encoding in ("GSM-7", "UCS-2"):
        found = admin_client.get("/admin/inbox/message/", {"encoding": encoding}).context["cl"].queryset
        assert {message.encoding for message in found} == {encoding}


def test_a_reported_text_stands_where_it_is_decided(admin_client: Client, lease: Lease) -> None:
    message = make_message(lease, "Call +14155550123, code 482913 " + "x" * 400, sender="+14155550199")
    Report.objects.create(number=lease.number, message_id=message.pk, hidden=True)
    whole = make_number("+447700900123", country="GB")
    Report.objects.create(number=whole, hidden=False)
    Report.objects.create(number=whole, message_id=message.pk, hidden=False)  # of a message that is gone
    page = unescape(admin_client.get("/admin/inbox/report/").content.decode())
    assert "Call +1 4" in page.replace("+14", "+1 4")
    assert "482913" not in page
    assert "4155550123" not in page, "what strangers do not see, a list does not show"
    assert "x" * 200 in page
    assert "x" * 400 not in page
    assert "(the whole number)" in page
    assert "(deleted)" in page


def test_a_shown_number_links_to_its_page(admin_client: Client, lease: Lease) -> None:
    link = 'href="/numbers/15005550006/"'
    for path in ("", f"{lease.number_id}/change/"):
        assert link in admin_client.get(f"/admin/numbers/number/{path}").content.decode()
    assert admin_client.get("/numbers/15005550006/").status_code == 200
    Lease.objects.update(state="released")
    assert link not in admin_client.get("/admin/numbers/number/").content.decode()


def test_confirmations_look_like_the_rest(admin_client: Client, lease: Lease) -> None:
    chosen: dict[str, Any] = {"action": "retire", "_selected_action": [lease.pk]}
    page = admin_client.post("/admin/numbers/lease/", chosen).content.decode()
    form = page.partition('<form method="post" id="confirm"')[2].partition("</form>")[0]
    assert 'class="font-medium inline-flex' in form, "buttons of the theme"
    assert "border-base-200" in form
    assert "Retire these numbers?</h2>" in form
    assert "Retire 1 number" in " ".join(form.split()), "the button says what it does"
    Lease.objects.update(state="released")
    page = admin_client.post("/admin/numbers/lease/", chosen).content.decode()
    assert "None of the selected leases can be retired" in page
    assert "Retire 0" not in page


# What things wait for


def at(moment: Any) -> str:
    """A time as operators read it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def test_a_lease_says_what_comes_next(admin_client: Client) -> None:
    account, now = make_account(), timezone.now()
    target = PoolTarget.objects.create(country="US", account=account, quarantine_for=timedelta(days=2))
    lease = make_lease(make_number(public=False), account, target=target)

    def outlook(**changes: Any) -> str:
        Lease.objects.filter(pk=lease.pk).update(**changes)
        fresh = Lease.objects.get(pk=lease.pk)
        shown = pool.outlook(fresh)
        assert shown in unescape(admin_client.get("/admin/numbers/lease/").content.decode())
        return shown

    assert outlook(retire_at=None) == ""
    assert outlook(retire_at=now) == f"retires at {at(now)}"
    draining = {"state": "draining", "state_since": now}
    assert outlook(**draining) == f"hidden from pages at {at(now + pool.DRAIN_FOR)}"
    Lease.objects.update(state="active", retire_at=None)
    rental = make_rental(lease)
    assert outlook(**draining) == f"hidden from pages when its rental ends at {at(rental.during.upper)}"
    waits = {"state": "quarantined", "state_since": now}
    assert outlook(**waits) == f"will be released at {at(now + timedelta(days=2))}"
    release = Intent.objects.create(lease=lease, effect="release", problem="Authenticate")
    assert outlook(**waits) == "release waiting: Authenticate"
    Intent.objects.filter(pk=release.pk).update(state="refused", settled_at=now)
    again = at(now + offers.RETRY_AFTER)
    assert outlook(**waits) == f"release refused; next attempt at {again}: Authenticate"
    assert outlook(state="released") == ""
    Intent.objects.all().delete()
    assert outlook(state="ordered") == "no purchase is planned"
    Intent.objects.create(lease=lease, effect="buy", state="uncertain", problem="no answer")
    assert outlook(state="ordered") == "purchase uncertain: no answer"
    leases.note(lease, Event.What.FAILED, "the number is taken")
    assert outlook(state="failed") == "the number is taken"


def test_what_is_confirmed_for_all_pages_is_done_on_all_pages(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(admin.site._registry[Lease]), "list_per_page", 2)
    rows = [make_lease(make_number(f"+1500555000{n}")) for n in range(3)]
    chosen = {"action": "retire", "_selected_action": [rows[0].pk, rows[1].pk], "select_across": "1"}
    asked = admin_client.post("/admin/numbers/lease/", chosen).content.decode()
    assert "Retire 3 numbers" in asked
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked)
    confirmed: dict[str, list[str]] = {}
    for name, value in fields:
        confirmed.setdefault(name, []).append(value)
    admin_client.post("/admin/numbers/lease/", confirmed)
    assert set(Lease.objects.values_list("state", flat=True)) == {"draining"}


def test_a_test_message_that_is_not_sent_says_why(admin_client: Client, lease: Lease) -> None:
    chosen: dict[str, Any] = {"action": "send_canaries", "_selected_action": [lease.pk], "confirmed": "1"}

    def shown() -> str:
        return unescape(admin_client.post("/admin/numbers/lease/", chosen, follow=True).content.decode())

    assert "no other account has a number that sends test messages" in shown()
    sender = make_account(carrier="kannel", label="gate", canary_sender="+15005550001", monthly_ceiling=0)
    assert canaries.reason_not_to_send(sender) == "+15005550001 is not an active number of this account"
    make_lease(make_number("+15005550001"), sender)
    assert canaries.reason_not_to_send(sender) == "the monthly ceiling is reached"
    assert "+15005550006: kannel: gate: the monthly ceiling is reached" in shown()
    sender.monthly_ceiling = None
    sender.save()
    assert "+15005550006: kannel: gate: the account's setting username is missing" in shown()
    assert canaries.reason_not_to_send(sender) == ""


def test_rows_read_as_people_write(admin_client: Client, lease: Lease) -> None:
    Health.objects.create(number=lease.number, received_at=timezone.now())
    page = admin_client.get(f"/admin/numbers/number/{lease.number_id}/change/").content.decode()
    assert "Last one-time code" in page
    assert "health of" not in page
    rental = make_rental(make_lease(make_number("+15005550007", public=False)))
    page = admin_client.get(f"/admin/numbers/rental/{rental.pk}/change/").content.decode()
    assert "7 days" in page
    assert "7 days, 0:00:00" not in page
    assert "as the number" in page
    assert formats.localize(rental.during.upper) in page
    assert not re.search(r"\d\+00:00", page)


# What no list can have


@pytest.mark.parametrize("value", ["x", "1.5", "", "\0"])
def test_rows_that_cannot_be_are_refused(admin_client: Client, value: str) -> None:
    for model, page in admin.site._registry.copy().items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for action in [*(page.actions or []), "delete_selected"]:
            answer = admin_client.post(path, {"action": action, "_selected_action": [value]})
            assert answer.status_code == 400, (path, action)
            assert "'_selected_action'" in answer.content.decode()


def test_filters_that_cannot_be_are_refused(admin_client: Client, lease: Lease) -> None:
    for model, page in admin.site._registry.copy().items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for name in [name for name in page.list_filter if isinstance(name, str)]:
            assert admin_client.get(path, {f"{name}__exact": "\0"}).status_code == 400, (path, name)
    year = {"period__year": "9" * 40}
    assert admin_client.get("/admin/numbers/charge/", year).status_code == 400
    assert admin_client.get("/admin/inbox/message/", {"q": "9" * 40}).status_code == 200
    assert admin_client.get("/numbers/15005550006/", {"_selected_action": "x"}).status_code == 200
