"""The pages of a private rental: everything to whoever has a link, nothing to anyone else, and no trace of the link."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.models import Message
from inbox.privacy import erasure
from numbers import pool, rental_links, rentals
from numbers.models import Lease, Rental, RentalLink
from tempsms.lib.logs import Line
from tests.factories import make_lease, make_link, make_message, make_number, make_rental

pytestmark = pytest.mark.django_db
TEXT = "Call +14155550123 or ada@example.org, your code is 482913"
BANK = "Your bank account 123 was debited"


@pytest.fixture
def lease() -> Lease:
    """+15005550006, private."""
    return make_lease(make_number(public=False))


@pytest.fixture
def rental(lease: Lease) -> Rental:
    """It has been rented for an hour, and is for another."""
    rental = make_rental(lease)
    return shift(rental, timedelta(hours=-1), timedelta(hours=1))


@pytest.fixture
def path(rental: Rental) -> str:
    """A link to it."""
    return make_link(rental)


def shift(rental: Rental, begin: timedelta, end: timedelta) -> Rental:
    """Have a rental begin and end so long from now."""
    now = rentals.now()
    Rental.objects.filter(pk=rental.pk).update(during=(now + begin, now + end), held=(now + begin, None))
    rental.refresh_from_db()
    return rental


def receive(rental: Rental, body: str, **changes: Any) -> Message:
    """A message of a rental, as ingest stores it."""
    lease = rental.number.leases.get()
    return make_message(lease, body, public=False, rental=rental, **changes)


def text_of(client: Client, path: str, status: int = 200) -> str:
    """A page's HTML."""
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


# What a holder sees


def test_a_private_page_looks_another_way_than_a_public_one(client: Client) -> None:
    path = make_link(make_rental())
    make_lease(make_number("+15005550001"))
    for address, look in (
        (path, "private"),
        (f"{path}messages/1/", "private"),
        ("/numbers/15005550001/", ""),
    ):
        assert f'<body class="{look}">' in client.get(address).content.decode()


def test_the_page_says_first_that_it_is_private_and_when_it_ends(
    client: Client, rental: Rental, path: str
) -> None:
    page = text_of(client, path)
    main = " ".join(page.partition("<main")[2].split())
    assert main.index("Private: only people with this link can read these messages.") < main.index("<h1")
    assert "kept for 7 days, their codes for 10 minutes" in main
    assert f"The rental ends on {rental.during.upper:%-d %b %Y, %H:%M} UTC" in main
    assert "Anyone can read" not in page
    assert "anyone can read" not in page


def test_messages_are_whole_with_their_codes(client: Client, rental: Rental, path: str) -> None:
    pk = receive(rental, TEXT).pk
    receive(rental, BANK, withheld="bank")
    page = text_of(client, path)
    assert "Call +14155550123 or ada@example.org, your code is <mark>482913</mark>" in page
    assert '<bdi translate="no">+14155550100</bdi>' in page
    assert BANK in page
    assert "message withheld" not in page
    assert f'href="messages/{pk}/">' in page
    assert 'href="?from=%2B14155550100"' in page


def test_what_strangers_wrote_is_text_and_hides_nothing(client: Client, rental: Rental, path: str) -> None:
    receive(rental, "<script>alert(1)</script>\u202egpj.exe", sender='"><b>')
    page = text_of(client, path)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;gpj.exe" in page
    assert '<bdi translate="no">&quot;&gt;&lt;b&gt;</bdi>' in page


def test_nothing_on_the_page_leads_to_public_pages_of_the_number(
    client: Client, rental: Rental, path: str
) -> None:
    receive(rental, TEXT)
    main = text_of(client, path).partition("<main")[2].partition("</main>")[0]
    assert "/numbers/" not in main
    assert "/countries/" not in main
    assert "eport" not in main.replace("Reports", "")
    inbox = re.search(r'<section id="inbox"[^>]*>', main)
    assert inbox
    assert f'data-poll="{path}poll/" data-socket="/ws{path}" data-events="/sse{path}"' in inbox[0]


def test_search_senders_and_older_messages_work_on_what_the_holder_sees(
    client: Client, rental: Rental, path: str
) -> None:
    ids = [receive(rental, f"message {n}").pk for n in range(52)]
    (other,) = [receive(rental, "call +14155550199", sender="ACME").pk]

    def ids_on(query: str) -> list[int]:
        return [int(pk) for pk in re.findall(r'data-id="(\d+)"', text_of(client, f"{path}{query}"))]

    assert ids_on("") == [other, *reversed(ids[3:])]
    assert f'href="{path}?before={ids[3]}"' in text_of(client, path)
    assert ids_on(f"?before={ids[3]}") == [*reversed(ids[:3])]
    assert ids_on("?q=5550199") == ids_on("?from=ACME") == [other]
    assert ids_on("?from=%2B14155550100&q=message+51") == [ids[51]]


def test_a_message_has_a_page_of_its_own_without_a_report(client: Client, rental: Rental, path: str) -> None:
    pk = receive(rental, TEXT).pk
    page = text_of(client, f"{path}messages/{pk}/")
    assert "your code is <mark>482913</mark>" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert 'href="../../"' in page
    assert "No such message" in text_of(client, f"{path}messages/{pk + 1}/", 404)
    assert client.post(f"{path}messages/{pk}/").status_code == 405


def test_a_page_takes_four_queries(
    client: Client, rental: Rental, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        receive(rental, f"Your code is {1000 + n}")
    with django_assert_num_queries(4):
        client.get(path)


def test_the_newest_of_many_messages_are_read_by_the_index(rental: Rental, lease: Lease) -> None:
    receive(rental, "one")
    many = """
        INSERT INTO inbox_message (number_id, account_id, rental_id, carrier_ref, direction, sender, body, cuts,
            code_reason, segments, encoding, flags, media, public, received_at, expires_at)
        SELECT number_id + n % 20, account_id, rental_id, carrier_ref, direction, sender, body, cuts, code_reason,
            segments, encoding, flags, media, public, received_at, expires_at
        FROM inbox_message, generate_series(1, 20000) n
    """
    query, values = queries.build_query(
        Inbox(lease.number_id, "+1", rental.pk), queries._NEWEST_FIRST, limit=50
    )
    with connection.cursor() as cursor:
        cursor.execute(many)
        cursor.execute("ANALYZE inbox_message")
        cursor.execute(f"EXPLAIN {query}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "number_id_id_idx" in plan
    assert "Seq Scan on inbox_message" not in plan
    assert "Sort Key: m." not in plan  # the few codes beside them may be sorted


# What is somebody else's


def test_only_what_came_in_its_time_is_shown(client: Client, rental: Rental, path: str, lease: Lease) -> None:
    make_message(lease, "before anyone", public=False)
    long_ago = timezone.now() - timedelta(days=9)
    earlier = Rental(number=lease.number, holder="Bob", during=(long_ago, rental.during.lower))
    earlier.held = earlier.during
    earlier.save()
    hidden = [
        receive(earlier, "of another rental"),
        receive(rental, "too early", received_at=rental.during.lower - timedelta(seconds=1)),
        receive(rental, "forgotten", expires_at=timezone.now() - timedelta(minutes=1)),
    ]
    shown = receive(rental, "in time")
    page = text_of(client, path)
    assert re.findall(r'data-id="(\d+)"', page) == [str(shown.pk)]
    for message in hidden:
        assert client.get(f"{path}messages/{message.pk}/").status_code == 404
    assert client.get(f"{path}poll/").json()["ids"] == [shown.pk]


def test_public_pages_know_nothing_of_a_rental(client: Client, rental: Rental, path: str) -> None:
    pk = receive(rental, TEXT).pk
    for address in ("/numbers/15005550006/", f"/numbers/15005550006/messages/{pk}/"):
        text_of(client, address, 404)
    assert client.get("/numbers/15005550006/poll/").json() == {"frames": [{"type": "retired", "id": 0}]}
    token = path.split("/")[2]
    for address in ("/", "/countries/us/", "/numbers/past/", "/sitemap.xml", "/robots.txt", "/status/"):
        page = client.get(address).content.decode()
        assert "5005550006" not in re.sub(r"[^0-9]", "", page)
        assert token not in page


# When it is over


def test_after_its_end_a_page_says_until_when_it_ran_and_shows_nothing(
    client: Client, rental: Rental, path: str
) -> None:
    pk = receive(rental, TEXT).pk
    rental = rentals.end(rental)
    for address in (path, f"{path}messages/{pk}/", f"{path}?q=code"):
        page = text_of(client, address, 410)
        assert "This rental has ended" in page
        assert f"It ended on {rental.during.upper:%-d %b %Y, %H:%M} UTC" in " ".join(page.split())
        assert "482913" not in page
        assert "14155550100" not in page
    assert client.get(f"{path}poll/").status_code == 410


def test_a_rental_whose_number_went_or_that_was_cancelled_is_over(
    client: Client, rental: Rental, path: str, lease: Lease
) -> None:
    receive(rental, TEXT)
    Lease.objects.update(state="quarantined")
    assert "482913" not in text_of(client, path, 410)
    Lease.objects.update(state="draining")
    assert "482913" in text_of(client, path)
    pool.quarantine(lease)
    text_of(client, path, 410)
    Rental.objects.update(cancelled=True)
    assert "cancelled before it started" in text_of(client, path, 410)


def test_a_rental_that_has_not_begun_says_when_it_will(client: Client, rental: Rental, path: str) -> None:
    receive(rental, TEXT)
    shift(rental, timedelta(hours=1), timedelta(hours=2))
    page = text_of(client, path)
    assert "has not started yet" in page
    assert "482913" not in page


def test_a_number_that_was_erased_is_named_no_more(client: Client, rental: Rental, path: str) -> None:
    rentals.end(rental)
    Lease.objects.update(state="released")
    erasure.erase("+15005550006")
    assert "+999" not in text_of(client, path, 410)


# Tokens


def test_unknown_revoked_and_malformed_tokens_get_the_same_answer(
    client: Client, rental: Rental, path: str
) -> None:
    rental_links.revoke(RentalLink.objects.get())
    wrong = [path, f"/r/{'a' * 43}/", "/r/x/", "/r/", f"{path}messages/1/", f"{path}nothing/", f"{path}a/b/c"]
    pages = set()
    for address in [*wrong, "/r/%F0%9F%99%82%00/", f"/r/{'a' * 4000}/"]:
        page = text_of(client, address, 404)
        pages.add(re.sub(r'name="next" value="[^"]*"', "", page))
    assert len(pages) == 1
    assert "Nothing here" in pages.pop()
    assert client.get(f"{path}poll/").json() == {"frames": [{"type": "retired", "id": 0}]}


def test_no_answer_lets_a_token_out(
    client: Client, rental: Rental, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = receive(rental, TEXT).pk
    addresses = [path, f"{path}poll/", f"{path}messages/{pk}/", path.rstrip("/"), f"{path}none", "/r/x/"]
    for address in addresses:
        check_headers(client.get(address))
    check_headers(client.post(path))
    rentals.end(rental)
    check_headers(client.get(path))
    monkeypatch.setattr(rental_links, "find", lambda token: (_ for _ in ()).throw(OperationalError()))
    answer = client.get(path)
    assert answer.status_code == 503
    check_headers(answer)


def check_headers(answer: Any) -> None:
    """Neither referrers nor caches nor search engines get hold of it; the page doesn't name its own address."""
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    head = answer.content.decode().partition("</head>")[0]
    assert "/r/" not in head
    assert "canonical" not in head
    assert "og:url" not in head


def test_public_pages_keep_their_address_and_referrer(client: Client) -> None:
    answer = client.get("/about/")
    assert '<link rel="canonical" href="http://127.0.0.1:8000/about/">' in answer.content.decode()
    assert answer["Referrer-Policy"] == "same-origin"
    assert "X-Robots-Tag" not in answer


def test_no_log_has_a_token(
    client: Client, rental: Rental, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = path.split("/")[2]
    formatter = Line("%(levelname)s %(message)s")
    with caplog.at_level(logging.DEBUG):
        client.post(path)
        client.get(f"{path}x")
        rentals.end(rental)
        client.get(path)
        logging.getLogger("uvicorn.error").warning(
            '%s - "WebSocket %s" [accepted]', "::1", f"/ws{path}?after=0"
        )
        try:
            raise ValueError(f"/sse{path}")
        except ValueError:
            logging.getLogger("django.request").exception("at %s", path)
    assert caplog.text.count(token) >= 6
    lines = "\n".join(map(formatter.format, caplog.records))
    assert token not in lines
    assert "Gone: /r/…/" in lines
    assert '"WebSocket /ws/r/…/?after=0" [accepted]' in lines


def test_every_line_goes_through_that_formatter() -> None:
    configured: dict[str, Any] = settings.LOGGING
    (handler,) = configured["handlers"].values()
    assert configured["formatters"][handler["formatter"]]["class"] == "tempsms.lib.logs.Line"
    names = ["", *logging.root.manager.loggerDict]
    handlers = [handler for name in names for handler in logging.getLogger(name).handlers]
    own = [handler for handler in handlers if type(handler) is logging.StreamHandler]
    assert {type(handler.formatter) for handler in own} == {Line}


# People's rights


def test_an_erased_person_is_gone_from_a_rental_and_its_open_page(
    rental: Rental,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("inbox.live.notices.tell", lambda *notice: told.append(notice))
    Rental.objects.update(holder="Ada +447700900123")
    RentalLink.objects.update(made_by="+447700900123")
    pk = receive(rental, "me", sender="+447700900123").pk
    assert set(erasure.export("+447700900123")) == {"messages", "rentals", "rental links"}
    with django_capture_on_commit_callbacks(execute=True):
        done = erasure.erase("+447700900123")
    assert done == {"messages deleted": 1, "rentals blanked": 1, "rental links blanked": 1}
    assert Rental.objects.get().holder == "Ada •••••••••••••"
    assert told == [("withheld", {f"rental:{rental.pk}": [pk]}), ("restored", {})]
