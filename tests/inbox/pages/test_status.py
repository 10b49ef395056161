"""The status page: uptime, time and the last test message of each country and number, in words and in charts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from inbox.pages import charts, status
from inbox.pages.measures import Sum
from numbers.models import Canary, Lease, Number
from tests.factories import make_lease, make_number

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Figures are kept for a minute."""
    cache.clear()


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease()


def send(lease: Lease, days: float, seconds: float | None, state: str = "") -> None:
    """A test message so many days ago, and when it arrived."""
    sent = timezone.now() - timedelta(days=days)
    seen = None if seconds is None else sent + timedelta(seconds=seconds)
    state = state or ("lost" if seen is None else "seen")
    word = f"w{Canary.objects.count()}"
    values = {"sent_at": sent, "seen_at": seen, "price": 0, "currency": "USD", "word": word}
    Canary.objects.create(number=lease.number, account=lease.account, state=state, **values)


def text_of(client: Client, path: str = "/status/") -> str:
    """What stands on the page, blanks between words."""
    main = client.get(path).content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_countries_and_numbers_tell_what_became_of_test_messages(client: Client, lease: Lease) -> None:
    other = make_lease(make_number("+15005550007"), lease.account, state="draining")
    german = make_lease(make_number("+4915112345678", country="DE", kind="mobile"), lease.account)
    for days, seconds in ((4, 2.0), (3, 4.0), (2, None), (1, 120.0)):
        send(lease, days, seconds)
    send(other, 1, None)
    send(german, 2, 1.0)
    send(german, 1, 3.0)
    send(german, 30, None)  # long ago
    send(german, 0, None, "sent")  # on its way
    page = text_of(client)
    assert "7 test messages were sent, and 71 % arrived. Half of them took 3.0 s or less." in page
    sent = r"\d+ \w+ 20\d\d, [\d:]+ UTC"
    assert re.search(rf"Germany 1 live 100 % 2 of 2 2\.0 s arrived {sent}", page)
    assert re.search(
        rf"United States 1 live, 1 being retired 60 % 3 of 5 4\.0 s arrived {sent}",
        page,
    )
    assert re.search(rf"500-555-0006 United States live 75 % 3 of 4 4\.0 s arrived {sent}", page)
    assert re.search(rf"500-555-0007 United States being retired 0 % 0 of 1 – lost \(sent {sent} \)", page)


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert (Sum(1000, 999).percent, Sum(3, 3).percent) == (99, 100)


def test_without_measurements_nothing_is_claimed(client: Client, lease: Lease) -> None:
    private = make_lease(make_number("+15005550007", public=False))
    ended = make_lease(make_number("+15005550008"), lease.account, state="released")
    send(private, 1, 2.0)
    send(ended, 1, 2.0)
    page = text_of(client)
    assert "No test messages were sent" in page
    for column in (
        "Delivery rate",
        "Typical delay",
        "Last test message",
        "Number State",
        "Last message",
        "not measured",
        "–",
    ):
        assert column not in page, column
    assert "United States 1 live Numbers Number +1 500-555-0006 United States" in page
    assert not re.search(r"555-000[78]|%", page)


def test_columns_that_would_be_empty_are_left_out(client: Client, lease: Lease) -> None:
    make_lease(make_number("+4915112345678", country="DE"), lease.account)
    send(lease, 1, None)
    page = text_of(client)
    assert page.count("Delivery rate") == 3  # of both tables, and what it means
    assert page.count("Typical delay") == 1
    assert "Germany 1 live not measured –" in page
    Number.objects.filter(pk=lease.number_id).update(last_message_at=timezone.now())
    Lease.objects.filter(pk=lease.pk).update(state="draining")
    page = text_of(client, "/status/?country=us")
    assert "Number State Last message Delivery rate Last test message +1 500-555-0006" in page


def test_a_country_can_be_chosen_and_many_numbers_wait_for_it(
    client: Client, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lease(make_number("+15005550007"), lease.account)
    make_lease(make_number("+4915112345678", country="DE"), lease.account)
    for nonsense in ("", "?country=fr", "?country=%00'"):
        assert "555-0006" in (page := text_of(client, f"/status/{nonsense}"))
        assert "+49 1511" in page
    assert "555-0006" not in text_of(client, "/status/?country=de")
    monkeypatch.setattr(status, "MOST", 1)
    page = text_of(client)
    assert not re.search(r"555-000|\+49", page)
    assert "Showing 0 of 3 numbers. Choose a country to see its numbers." in page
    assert "Showing 1 of 2 numbers." in text_of(client, "/status/?country=us")
    assert "are shown" not in text_of(client, "/status/?country=de")


def test_the_page_takes_four_queries_and_its_figures_are_kept_for_a_minute(
    client: Client, lease: Lease, django_assert_num_queries: Any
) -> None:
    for n in range(20):
        send(make_lease(make_number(f"+150055501{n:02}"), lease.account), 1, 2.0)
    with django_assert_num_queries(4):
        client.get("/status/")
    send(lease, 1, None)
    with django_assert_num_queries(3):
        assert "20 test messages were sent, and 100 %" in text_of(client)


# Charts


def paths(chart: str) -> dict[str, str]:
    """What is drawn, by its class."""
    return dict(re.findall(r'<path class="(\w+)" d="([^"]+)"/>', chart))


def test_each_day_has_its_bar_and_words_say_the_same() -> None:
    chart = str(charts.uptime([Sum(2, 2), Sum(2, 1), Sum(1, 0), Sum()]))
    assert 'role="img" aria-label="Days without losses: 1, with losses: 2, not measured: 1"' in chart
    found = paths(chart)
    assert found["arrived"] == "M0 28v-28h6v28zM8 28v-14h6v14z"  # all, half
    assert found["lost"].count("z") == 2
    assert re.findall(r"M(\d+)", found["lost"]) == ["9", "17"]
    assert found["lost"].count("m0") == 1  # one cross
    assert found["dots"].startswith("M26 ")


def test_medians_are_a_line_with_gaps_and_small_differences_look_small() -> None:
    days = [Sum(1, 1, 2.0), Sum(1, 1, 3.0), Sum(1, 0), Sum(1, 1, 20.0), Sum()]
    chart = str(charts.medians(days))
    assert 'aria-label="Typical delay per day: 2.0 s at best, 20.0 s at worst"' in chart
    assert paths(chart)["line"] == "M3 23L11 22M27 3h0"
    assert paths(str(charts.medians(days[:2])))["line"] == "M3 21L11 18"
    assert charts.medians([Sum(1, 0)]) == ""
