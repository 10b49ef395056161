"""The public lists: what stands on them and in which order, what they can be asked for, and what they take."""

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from inbox.pages import countries, lists
from inbox.templatetags.inbox import linked_data as linked_data_tag
from numbers.models import Account, Event, Health, Lease, Number
from tempsms import ROOT
from tests.factories import make_account, make_lease, make_message, make_number, make_target

pytestmark = pytest.mark.django_db
PAGE = "/numbers/15005550006/"


@pytest.fixture
def account() -> Account:
    """A carrier's account."""
    return make_account()


def text_of(client: Client, path: str, status: int = 200) -> str:
    """A page's HTML, with single blanks."""
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def numbers_on(client: Client, path: str) -> list[str]:
    """Digits of the numbers that a list links to, in its order."""
    return re.findall(r'href="/numbers/(\d+)/"', text_of(client, path))


def make_numbers(account: Account, count: int, country: str = "US", prefix: str = "+1500555") -> None:
    """Public numbers with pages."""
    for n in range(count):
        make_lease(make_number(f"{prefix}{n:04}", country=country), account)


# By country


def countries_on(page: str) -> list[tuple[str, str, str]]:
    """The countries that a list offers: address, name, how many numbers."""
    chips = page.partition('<nav class="countries"')[2].partition("</nav>")[0]
    link = r'<a href="([^"]+)"><img [^>]+alt="">([^<]+) <span class="count">(\d+)</span></a>'
    return re.findall(link, chips)


def test_countries_are_offered_with_how_many_numbers_each_has(client: Client, account: Account) -> None:
    make_numbers(account, 2)
    make_lease(make_number("+4915112345678", country="DE", kind="mobile"), account)
    make_lease(make_number("+33612345678", country="FR", kind="mobile"), account)
    assert countries_on(text_of(client, "/")) == [
        ("/countries/fr/", "France", "1"),
        ("/countries/de/", "Germany", "1"),
        ("/countries/us/", "United States", "2"),
    ]
    assert countries_on(text_of(client, "/?kind=mobile")) == [
        ("/countries/fr/?kind=mobile", "France", "1"),
        ("/countries/de/?kind=mobile", "Germany", "1"),
    ]


def test_of_many_countries_those_with_most_numbers_are_offered_at_once(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "FEW", 2)
    make_numbers(account, 2)
    make_numbers(account, 2, "GB", "+447700900")
    for e164, iso2 in (("+33612345678", "FR"), ("+4915112345678", "DE")):
        make_lease(make_number(e164, country=iso2), account)
    assert (
        "<details" not in text_of(client, "/").partition('<nav class="countries"')[2].partition("</nav>")[0]
    )
    make_lease(make_number("+34612345678", country="ES"), account)
    chips = text_of(client, "/").partition('<nav class="countries"')[2].partition("</nav>")[0]
    first, _, folded = chips.partition("<details")
    assert re.findall(r"/countries/(\w+)/", first) == ["gb", "us"]
    assert re.findall(r"/countries/(\w+)/", folded) == ["fr", "de", "es"]


def test_countries_stand_in_the_order_of_the_alphabet_not_of_bytes() -> None:
    names = [countries.country(iso2, "de") for iso2 in ("OM", "AT", "ZA", "EG")]
    ordered = sorted(names, key=lambda country: country.alphabetical)
    assert [country.iso2 for country in ordered] == ["EG", "OM", "AT", "ZA"]


def test_numbers_without_a_page_are_not_listed(client: Client, account: Account) -> None:
    make_lease(make_number("+15005550001", public=False), account)
    make_lease(make_number("+15005550002"), account, state=Lease.State.QUARANTINED)
    make_number("+15005550003")
    page = text_of(client, "/")
    assert "500-555-000" not in page
    assert "No numbers right now" in page


def rows_on(page: str) -> list[str]:
    """What the rows of a list say, without markup."""
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in re.findall('<li class="row">(.*?)</li>', page)
    ]


def test_a_row_has_flag_number_last_message_and_a_button_to_copy(client: Client, account: Account) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    lease = make_lease(make_number(last_message_at=at), account)
    make_lease(make_number("+447700900123", country="GB"), account)
    Health.objects.create(number=lease.number, received_at=at, code_at=at, name_at=at)
    page = text_of(client, "/")
    assert rows_on(page) == [
        "+1 500-555-0006 Last message 4 Mar 2026, 05:06 UTC",
        "+44 7700 900123 No messages yet",
    ]
    row = page.partition('<li class="row">')[2].partition("</li>")[0]
    assert re.search(r'<img [^>]*src="/static/flags/1F1FA-1F1F8.svg[^>]* alt="United States">', row)
    assert f'<time datetime="{at.isoformat()}" data-relative="short">' in row
    assert 'data-copy="+15005550006" aria-label="Copy +1 500-555-0006"' in row
    assert row.count("<a ") == 1


def test_a_message_that_is_not_shown_is_the_last_one_all_the_same(client: Client, account: Account) -> None:
    shown, unseen = (datetime(2026, 3, day, 5, 6, tzinfo=UTC) for day in (4, 5))
    for last, heard, brought in ((1, shown, unseen), (2, None, shown), (3, shown, None), (4, unseen, shown)):
        number = make_number(f"+1500555000{last}", last_message_at=heard)
        make_lease(number, account)
        Health.objects.create(number=number, received_at=brought)
    assert [row.partition("500-555-000")[2] for row in rows_on(text_of(client, "/?sort=number"))] == [
        "1 Last message 5 Mar 2026, 05:06 UTC , not shown",
        "2 Last message 4 Mar 2026, 05:06 UTC , not shown",
        "3 Last message 4 Mar 2026, 05:06 UTC",
        "4 Last message 5 Mar 2026, 05:06 UTC",  # from a test program: no carrier brought it
    ]


def test_what_else_there_is_to_say_of_a_number_is_on_its_own_page(client: Client) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(days=12)
    lease = make_lease(make_number(kind="mobile", capabilities=["sms", "voice"]), leased_at=at)
    Health.objects.create(number=lease.number, code_at=at)
    page = text_of(client, PAGE)
    for said in (
        "mobile number",
        "<dd>SMS, calls</dd>",
        f'<dt>Added</dt><dd><time datetime="{at.isoformat()}"',
    ):
        assert said in page
    assert "one-time codes" in page
    assert "one-time codes" not in text_of(client, "/").partition('class="rows"')[2]


def test_a_number_being_retired_is_listed_and_shown_as_such(client: Client) -> None:
    make_lease(state=Lease.State.DRAINING)
    assert "being retired" in text_of(client, "/")
    assert "will be retired soon" in text_of(client, PAGE)


def test_a_number_that_no_numbering_plan_knows_is_shown_as_it_is(client: Client) -> None:
    make_lease(make_number("+999123"))
    assert "+999123" in text_of(client, "/")
    assert "+999123" in text_of(client, "/numbers/999123/")


# Order


def test_the_number_that_received_last_stands_first(client: Client, account: Account) -> None:
    now = timezone.now()
    for last, proof, heard in ((1, None, None), (2, None, 50), (3, 90, 90), (4, 5, None)):
        number = make_number(
            f"+1500555000{last}", last_message_at=now - timedelta(minutes=heard) if heard else None
        )
        make_lease(number, account)
        if proof:
            Health.objects.create(number=number, received_at=now - timedelta(minutes=proof))
    for path in ("/", "/countries/us/"):
        assert [digits[-1] for digits in numbers_on(client, path)] == ["4", "2", "3", "1"]


def test_lists_can_be_sorted_by_age_and_by_number(client: Client, account: Account) -> None:
    now = timezone.now()
    for last, days in ((1, 3), (2, 1), (3, 2)):
        make_lease(make_number(f"+1500555000{last}"), account, leased_at=now - timedelta(days=days))
    for path in ("/", "/countries/us/"):
        assert [digits[-1] for digits in numbers_on(client, f"{path}?sort=newest")] == ["2", "3", "1"]
        assert [digits[-1] for digits in numbers_on(client, f"{path}?sort=number")] == ["1", "2", "3"]


# What can be asked for


def test_lists_are_narrowed_by_kind_capability_and_what_was_seen(client: Client, account: Account) -> None:
    at = timezone.now()
    toll_free = make_lease(make_number("+18005550199", kind="toll_free"), account).number
    local = make_lease(make_number("+15005550006", capabilities=["sms", "mms"]), account).number
    british = make_lease(make_number("+447700900123", country="GB", kind="mobile"), account).number
    Health.objects.create(number=local, code_at=at)
    Health.objects.create(number=british, code_at=at, name_at=at)
    assert set(numbers_on(client, "/")) == {toll_free.digits, local.digits, british.digits}
    assert numbers_on(client, "/?kind=toll_free") == [toll_free.digits]
    assert numbers_on(client, "/?can=mms") == [local.digits]
    assert numbers_on(client, "/?seen=names") == [british.digits]
    assert set(numbers_on(client, "/?seen=codes")) == {local.digits, british.digits}
    assert numbers_on(client, "/countries/us/?seen=codes") == [local.digits]
    assert len(numbers_on(client, "/?kind=nonsense&seen=nonsense&can=x&pace=x&sort=x&q=x")) == 3
    assert "No numbers match" in text_of(client, "/?q=999999")
    assert ">2 numbers found.<" in text_of(client, "/?seen=codes")
    assert ">1 number found.<" in text_of(client, "/?seen=names")


@pytest.mark.parametrize(
    "typed",
    ["+44 7700 900", "07700 900123", "(0)7700", "+44 (0)7700 900-12", "0044 7700", "٧٧٠٠ ٩٠٠", "900123"],
)
def test_digits_are_found_however_they_are_typed(client: Client, account: Account, typed: str) -> None:
    make_lease(account=account)
    british = make_lease(make_number("+447700900123", country="GB"), account).number
    answer = client.get("/", {"q": typed})
    assert re.findall(r'href="/numbers/(\d+)/"', answer.content.decode()) == [british.digits]


def test_a_country_is_asked_for_by_its_own_address(client: Client) -> None:
    answer = client.get("/?country=GB&kind=mobile&q=+44+7&sort=newest")
    assert answer.headers["Location"] == "/countries/gb/?q=447&kind=mobile&sort=newest"
    assert client.get("/?country=//evil.example").status_code == 200


def test_quiet_is_nothing_within_the_hour_and_busy_ten_or_more(client: Client, account: Account) -> None:
    now = timezone.now()
    for last, messages in ((1, 0), (2, 9), (3, 10), (4, 11)):
        lease = make_lease(make_number(f"+1500555000{last}"), account)
        old = [timedelta(minutes=61)] * 15 if last < 4 else []
        for ago in [*old, *[timedelta(minutes=59)] * messages]:
            make_message(lease, received_at=now - ago)
            Number.objects.filter(pk=lease.number_id).update(last_message_at=now - ago)
    assert [digits[-1] for digits in numbers_on(client, "/?pace=quiet")] == ["1"]
    assert sorted(digits[-1] for digits in numbers_on(client, "/countries/us/?pace=busy")) == ["3", "4"]


# How much


@pytest.mark.parametrize("path", ["/", "/countries/us/"])
def test_a_list_of_many_numbers_has_pages_that_lead_to_each_other(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(lists, "PAGE", 3)
    make_numbers(account, 8)
    there = f"{path}?sort=number"
    seen: list[str] = []
    while there:
        page = text_of(client, there)
        seen += numbers_on(client, there)
        found = re.search(r'<a [^>]*rel="next" href="([^"]+)"', page)
        there = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"1500555000{n}" for n in range(8)]
    assert f'rel="prev" href="{path}?sort=number&amp;page=2"' in page
    assert "Page 3 of 3" in page
    assert f"{path}?page=2" in text_of(client, f"{path}?page=2").partition('rel="canonical"')[2][:60]
    for nonsense in ("0", "x", "99"):
        assert "Page " in text_of(client, f"{path}?page={nonsense}")


def test_lists_take_as_many_queries_for_thirty_numbers_as_for_three(
    client: Client, account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    at = timezone.now()
    for count in (1, 10):
        for country, prefix in (("US", "+1500555"), ("GB", "+447700900"), ("FR", "+3361234")):
            for n in range(count):
                number = make_number(f"{prefix}{count:02}{n:02}", country=country, last_message_at=at)
                make_lease(number, account)
                Health.objects.create(number=number, received_at=at, code_at=at)
        for path, queries in (
            ("/", 4),
            ("/?q=500&kind=local&can=sms&seen=codes&sort=newest", 4),
            ("/countries/us/?q=500&kind=local&can=sms&seen=codes&sort=newest", 3),
            ("/countries/us/", 3),
            ("/numbers/past/", 1),
        ):
            with django_assert_num_queries(queries):
                client.get(path)


# One country


def test_a_country_page_has_its_own_numbers_only(client: Client, account: Account) -> None:
    make_lease(account=account)
    make_lease(make_number("+447400123456", country="GB"), account)
    for path in ("/countries/gb/", "/countries/GB/"):
        page = text_of(client, path)
        assert "+44 7400 123456" in page
        assert "+1 500-555-0006" not in page


def test_a_country_without_numbers_says_so(client: Client) -> None:
    assert "No numbers in this country right now" in text_of(client, "/countries/de/")


def test_letters_that_are_no_country_answer_404(client: Client) -> None:
    assert "Unknown country" in text_of(client, "/countries/zz/", 404)


# Past numbers


def test_past_numbers_have_a_page_of_their_own(client: Client, account: Account) -> None:
    ended = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    make_lease(make_number("+15005550001"), account)
    make_lease(make_number("+15005550002"), account, state="quarantined", state_since=ended)
    make_lease(make_number("+15005550003", public=False), account)
    make_lease(make_number("+999000000001", erased_key="0" * 32), account, state="released")
    make_lease(make_number("+447700900123", country="GB"), account, state="released")
    page = text_of(client, "/numbers/past/")
    assert "500-555-0002" in page
    assert "4 Mar 2026, 05:06 UTC" in page
    for other in ("0001", "0003", "+999"):
        assert other not in page.partition("<main")[2]
    assert 'href="/numbers/past/"' in text_of(client, "/")
    assert numbers_on(client, "/numbers/past/?country=gb") == ["447700900123"]
    assert 'href="/numbers/past/?country=gb"' in text_of(client, "/countries/gb/")


def test_past_numbers_ended_when_they_left_the_pages_not_when_they_were_given_back(
    client: Client, account: Account
) -> None:
    left, back = datetime(2026, 3, 4, 5, 6, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
    lease = make_lease(account=account, state="released", state_since=back)
    for what, at in (("active", left - timedelta(days=9)), ("quarantined", left), ("released", back)):
        Event.objects.create(lease=lease, what=what, at=at)
    page = text_of(client, "/numbers/past/")
    assert "4 Mar 2026, 05:06 UTC" in page
    assert "11 Mar" not in page


def test_of_a_number_that_was_taken_down_nobody_says_when(client: Client, account: Account) -> None:
    lease = make_lease(account=account)
    Number.objects.filter(pk=lease.number_id).update(public=False)
    page = text_of(client, "/numbers/past/")
    assert "500-555-0006" in page
    assert "until:" not in page


def test_past_numbers_come_page_by_page(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAST", 2)
    for n in range(3):
        ended = timezone.now() - timedelta(days=n)
        make_lease(make_number(f"+1500555000{n}"), account, state="released", state_since=ended)
    assert numbers_on(client, "/numbers/past/") == ["15005550000", "15005550001"]
    assert numbers_on(client, "/numbers/past/?page=2") == ["15005550002"]


# When stock changes


def test_an_empty_list_says_when_stock_changes(client: Client, account: Account) -> None:
    for path in ("/", "/countries/us/"):
        page = text_of(client, path)
        assert "New numbers appear here as soon as we have them." in page
        assert "More numbers will be added" not in page
        assert "being added right now" not in page
        assert "planned" not in page
    target = make_target()
    assert "More numbers will be added" in text_of(client, "/countries/us/")
    assert "More numbers will be added" not in text_of(client, "/countries/gb/")
    make_lease(make_number(), account, target=target, state="ordered")
    make_target(country="GB", public=False)
    for path in ("/", "/countries/us/"):
        assert "1 number is being added right now." in text_of(client, path)
    assert "More numbers will be added" not in text_of(client, "/countries/gb/")


def test_a_list_that_is_narrowed_to_nothing_says_when_a_number_is_exchanged(
    client: Client, account: Account
) -> None:
    soon = timezone.now() + timedelta(days=2)
    target = make_target(count=2)
    for last, days in ((1, 5), (2, 2)):
        number = make_number(f"+1500555000{last}")
        make_lease(number, account, target=target, retire_at=soon + timedelta(days=days - 2))
    make_lease(make_number("+15005550003"), account, retire_at=soon - timedelta(days=1))
    page = text_of(client, "/?q=999")
    assert f'Next planned replacement of a number: <time datetime="{soon.isoformat()}"' in page
    assert 'href="/numbers/feed/"' in page


# Numbers without a page


def test_a_retired_number_says_until_when_and_which_are_live_in_its_country(
    client: Client, account: Account
) -> None:
    ended = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    make_lease(account=account, state="quarantined", state_since=ended)
    make_lease(make_number("+447700900123", country="GB"), account)
    assert numbers_on_gone(client, PAGE, 410) == ["447700900123"]
    make_numbers(account, 9, prefix="+1415555")
    assert len(numbers_on_gone(client, PAGE, 410)) == 6
    page = text_of(client, PAGE, 410)
    assert "is retired" in page
    assert "4 Mar 2026, 05:06 UTC" in page
    assert "447700900123" not in page
    assert 'href="/numbers/past/?country=us"' in page


def test_an_unknown_number_leads_to_those_that_may_have_been_meant(client: Client, account: Account) -> None:
    make_lease(account=account)
    make_lease(make_number("+447700900123", country="GB"), account)
    make_lease(make_number("+447700900456", country="GB"), account)
    for path, offered in (
        ("/numbers/07700900123/", ["447700900123"]),
        ("/numbers/447700900199/", ["447700900123"]),
        ("/numbers/441632960000/", ["447700900123", "447700900456"]),
        ("/numbers/14155550100/", ["15005550006"]),
        ("/numbers/999/", ["15005550006", "447700900123", "447700900456"]),
    ):
        assert numbers_on_gone(client, path, 404) == offered, path


def numbers_on_gone(client: Client, path: str, status: int) -> list[str]:
    """Digits of the numbers that a page without a number offers."""
    return re.findall(r'href="/numbers/(\d+)/"', text_of(client, path, status))


def test_a_country_without_numbers_shows_what_others_have(client: Client, account: Account) -> None:
    make_numbers(account, 2)
    page = text_of(client, "/countries/de/")
    assert "No numbers in this country right now" in page
    assert countries_on(page) == [("/countries/us/", "United States", "2")]


# Feeds

ATOM = "{http://www.w3.org/2005/Atom}"


def test_feeds_tell_new_and_retired_numbers_and_no_message(client: Client, account: Account) -> None:
    begun, ended = datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 3, 4, 5, tzinfo=UTC)
    make_message(make_lease(account=account, leased_at=begun), "Your code is 904221")
    make_lease(make_number("+33612345678", country="FR", kind="mobile"), account, leased_at=ended)
    make_lease(make_number("+15005550007"), account, state="quarantined", state_since=ended)
    make_lease(make_number("+15005550008", public=False), account)
    answer = client.get("/numbers/feed/")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert b"904221" not in answer.content
    feed = fromstring(answer.content)
    titles = [entry.findtext(f"{ATOM}title") or "" for entry in feed.iter(f"{ATOM}entry")]
    assert sorted(titles[:2]) == ["New: +33 6 12 34 56 78, France", "Retired: +1 500-555-0007, United States"]
    assert titles[2:] == ["New: +1 500-555-0006, United States"]
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": "http://127.0.0.1:8000/", "self": "http://127.0.0.1:8000/numbers/feed/"}
    ids = {entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")}
    assert len(ids) == 3
    assert "http://127.0.0.1:8000/numbers/15005550006/#new-20260102T030000Z" in ids
    assert feed.findtext(f"{ATOM}updated") == "2026-03-04T05:00:00+00:00"
    (entry,) = fromstring(client.get("/countries/fr/feed/").content).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "New: +33 6 12 34 56 78, France"
    assert client.get("/countries/zz/feed/").status_code == 404
    same = client.get("/numbers/feed/", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


def test_lists_lead_feed_readers_to_their_feed(client: Client, account: Account) -> None:
    make_lease(account=account)
    for path, feed in (("/", "/numbers/feed/"), ("/countries/us/", "/countries/us/feed/")):
        page = text_of(client, path)
        assert re.search(rf'<link rel="alternate" type="application/atom\+xml" [^>]*href="{feed}">', page)
        assert page.count(f'<a href="{feed}"') == 1


def test_a_feed_is_short_however_many_numbers_there_are(
    client: Client, account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_numbers(account, 60)
    for n in range(60):
        make_lease(make_number(f"+1415555{n:04}"), account, state="released")
    with django_assert_num_queries(3):
        feed = fromstring(client.get("/numbers/feed/").content)
    assert len(list(feed.iter(f"{ATOM}entry"))) == 50


# For search engines and other sites


def linked_data(page: str) -> list[dict[str, Any]]:
    """The nodes of a page's structured data."""
    (found,) = re.findall(r'<script type="application/ld\+json">([^<]*)</script>', page)
    nodes: list[dict[str, Any]] = json.loads(found)["@graph"]
    return nodes


def test_lists_have_structured_data_of_the_site_the_trail_and_the_numbers(
    client: Client, account: Account
) -> None:
    make_numbers(account, 2)
    site, numbers = linked_data(text_of(client, "/?sort=number"))
    assert (site["@type"], site["url"]) == ("WebSite", "http://127.0.0.1:8000/")
    trail, of_country = linked_data(text_of(client, "/countries/us/?sort=number"))
    assert of_country == numbers
    assert [(item["position"], item["item"]) for item in numbers["itemListElement"]] == [
        (n, f"http://127.0.0.1:8000/numbers/1500555000{n - 1}/") for n in (1, 2)
    ]
    assert [item["name"] for item in trail["itemListElement"]] == ["All countries", "United States"]


def test_structured_data_cannot_leave_its_element() -> None:
    data = {"name": "</script><script>alert(1)</script><!-- & \u2028"}
    html = str(linked_data_tag(data))
    assert html.count("<") == 2
    assert json.loads(html.partition(">")[2].partition("<")[0]) == data


def test_other_sites_are_told_what_a_page_is_and_in_which_language(client: Client, account: Account) -> None:
    make_lease(make_number("+4915112345678", country="DE"), account)
    for path, language, title, locale in (
        ("/", "en", "Phone numbers that receive SMS", "en_US"),
        ("/countries/de/", "de", "Deutschland · ", "de_DE"),
        ("/numbers/past/", "fr", "", "fr_FR"),
    ):
        page = client.get(path, headers={"Accept-Language": language}).content.decode()
        said = dict(re.findall(r'property="(og:[^"]+)" content="([^"]*)"', page))
        assert said["og:title"].startswith(title)
        assert said["og:locale"] == locale
        assert len(said["og:description"]) > 20
        picture = urlsplit(said["og:image"])
        assert (picture.scheme, picture.netloc) == ("http", "127.0.0.1:8000")
        assert picture.path.startswith("/static/preview")
    assert struct.unpack(">II", (ROOT / "static/preview.png").read_bytes()[16:24]) == (1200, 630)
