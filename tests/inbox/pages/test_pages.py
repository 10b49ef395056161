"""The public pages: what they answer, what they never show, and how many queries they take."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from inbox.live.marking import mark_code
from inbox.models import Message
from inbox.templatetags.inbox import in_words
from numbers.models import Canary, Lease, Number
from tests.factories import make_lease, make_message, make_number

pytestmark = pytest.mark.django_db
PAGE = "/numbers/15005550006/"
HOSTILE = "<script>alert(1)</script><img src=x onerror='alert(2)'>\"&{{ 7|add:7 }}"


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public and active."""
    return make_lease()


def text_of(client: Client, path: str, status: int = 200) -> str:
    """A page's HTML."""
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


# One inbox


def test_an_inbox_says_first_that_anyone_can_read_it_and_how_long_things_are_kept(
    client: Client, lease: Lease, settings: Any
) -> None:
    settings.MESSAGE_RETENTION, settings.CODE_LIFE = timedelta(hours=6), timedelta(minutes=3)
    main = text_of(client, PAGE).partition("<main")[2]
    assert main.index("anyone can read this") < main.index("<h1")
    first = " ".join(main.partition("</summary>")[0].split())
    assert "kept for 6 hours, their codes for 3 minutes" in first  # and nothing of it is folded away


def test_a_number_with_its_own_retention_says_that_one(client: Client) -> None:
    make_lease(make_number(retention=timedelta(days=3)))
    assert "kept for 3 days" in text_of(client, PAGE)


def test_the_newest_fifty_messages_are_shown_newest_first(client: Client, lease: Lease) -> None:
    ids = [make_message(lease, f"message {n}").pk for n in range(55)]
    page = text_of(client, PAGE)
    places = [page.find(f'data-id="{pk}"') for pk in reversed(ids)]
    assert sorted(places[:50]) == places[:50]
    assert places[50:] == [-1] * 5


def test_an_inbox_takes_four_queries_however_many_messages_it_has(
    client: Client, lease: Lease, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        make_message(lease, f"Your code is {1000 + n}")
    with django_assert_num_queries(4):
        client.get(PAGE)


def test_a_message_shows_its_code_its_sender_and_its_time(client: Client, lease: Lease) -> None:
    at = timezone.now().replace(2026, 3, 4, 5, 6, 7, 890_000)
    make_message(
        lease,
        "Your code is 123 456.",
        sender="ACME",
        received_at=at,
        flags=["recovered"],
        media=[{"url": "https://media.example/1", "content_type": "image/png"}],
    )
    page = text_of(client, PAGE)
    assert "Your code is <mark>123 456</mark>." in page
    assert (
        'data-copy="123456"><span class="verb" data-word="copy">Copy code</span> <b translate="no">123456</b>'
        in page
    )
    assert '<bdi translate="no">ACME</bdi>' in page
    assert '<time datetime="2026-03-04T05:06:07.890Z">4 Mar 2026, 05:06:07 UTC</time>' in page
    assert "data-code-expires=" in page
    assert "Arrived late" in page
    assert "1 attachment<" in page


def test_an_expired_code_is_on_the_page_in_no_form(client: Client, lease: Lease) -> None:
    make_message(lease, "Your code is 123456, I say 123456", code_expires_in=-1)
    page = text_of(client, PAGE)
    assert "123456" not in page
    assert "Your code is ••••••, I say ••••••" in page
    assert "Code removed" in page


def test_messages_that_are_not_public_or_past_their_time_are_not_shown(client: Client, lease: Lease) -> None:
    make_message(lease, "withheld words", public=False)
    make_message(lease, "forgotten words", expires_at=timezone.now() - timedelta(seconds=1))
    page = text_of(client, PAGE)
    assert "forgotten" not in page
    assert "withheld words" not in page
    assert "No messages yet" in page


def test_what_strangers_wrote_is_text_and_nothing_else(client: Client, lease: Lease) -> None:
    make_message(lease, f"{HOSTILE} code 123456 {HOSTILE}", sender="<b>x</b>\"'", flags=["<i>flag"])
    page = text_of(client, PAGE)
    for raw in ("<script>alert", "<img", "onerror='", "<b>x", "<i>", '""'):
        assert raw not in page.partition('id="messages"')[2].replace(' alt=""', "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7|add:7 }}" in page
    assert "code <mark>123456</mark>" in page


def test_a_number_that_was_never_public_is_unknown(client: Client) -> None:
    make_lease(make_number("+15005550001", public=False))
    assert "No such number" in text_of(client, "/numbers/15005550001/", 404)
    assert "No such number" in text_of(client, "/numbers/4915112345678/", 404)


def test_a_number_that_has_ended_or_gone_private_answers_410_without_its_messages(
    client: Client, lease: Lease
) -> None:
    make_message(lease, "old words")
    Lease.objects.update(state=Lease.State.QUARANTINED)
    page = text_of(client, PAGE, 410)
    assert "is retired" in page
    assert "old words" not in page
    Lease.objects.update(state=Lease.State.ACTIVE)
    Number.objects.update(public=False)
    assert "old words" not in text_of(client, PAGE, 410)


# The poll


def test_the_poll_answers_what_came_after_an_id_oldest_first(client: Client, lease: Lease) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    old = make_message(lease, "old", received_at=long_ago)
    seen = make_message(lease, "seen")
    fresh = [make_message(lease, f"fresh {n}") for n in range(3)]
    answer = client.get(f"{PAGE}poll/?after={seen.pk}").json()
    ids = [frame["id"] for frame in answer["frames"]]
    assert ids == [
        seen.pk,
        *(message.pk for message in fresh),
    ]  # seen is repeated: late ids may stand beside it
    assert answer["ids"] == [*reversed(ids), old.pk]
    assert {frame["type"] for frame in answer["frames"]} == {"message"}


def test_a_page_that_shows_older_messages_learns_by_the_poll_which_are_still_there(
    client: Client, lease: Lease
) -> None:
    ids = [make_message(lease, f"message {n}").pk for n in range(60)][::-1]
    make_message(lease, "withheld", public=False)
    Message.objects.filter(pk=ids[55]).update(expires_at=timezone.now() - timedelta(minutes=1))
    answer = client.get(f"{PAGE}poll/?after={ids[0]}&to={ids[57]}").json()
    assert answer["ids"] == [*ids[:55], ids[56], ids[57]]
    assert len(answer["frames"]) <= 50
    assert client.get(f"{PAGE}poll/?to=x").status_code == 400


def test_a_frame_holds_the_very_row_of_the_page(client: Client, lease: Lease) -> None:
    make_message(lease, f"{HOSTILE} Your code is ١٢٣٤٥٦", flags=["partial"])
    (frame,) = client.get(f"{PAGE}poll/").json()["frames"]
    assert frame["html"].strip() in text_of(client, PAGE)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "9" * 19, "١٢"])
def test_a_cursor_that_is_no_id_answers_400(client: Client, lease: Lease, after: str) -> None:
    answer = client.get(f"{PAGE}poll/", {"after": after})
    assert answer.status_code == 400


def test_the_poll_of_a_retired_number_answers_410_and_says_so(client: Client) -> None:
    make_lease(state=Lease.State.QUARANTINED)
    answer = client.get(f"{PAGE}poll/?after=0")
    assert (answer.status_code, answer.json()) == (410, {"frames": [{"type": "retired", "id": 0}]})


def test_the_poll_takes_three_queries(
    client: Client, lease: Lease, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        make_message(lease, f"message {n}")
    with django_assert_num_queries(3):
        client.get(f"{PAGE}poll/?after=0")


# Every page

PATHS = ["/", "/countries/us/", "/countries/zz/", PAGE, "/numbers/4915112345678/", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_allows_or_needs_inline_scripts_or_attributes(
    client: Client, lease: Lease, path: str
) -> None:
    make_message(lease, "Your code is 123456")
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert " style=" not in page
    assert page.count("<script") == len(
        re.findall(r'<script type="module" src="/static/js/[a-z]+\.js"></script>', page)
        + re.findall(r'<script id="words" type="application/json">{[^<]*}</script>', page)
        + re.findall(r'<script type="application/ld\+json">{[^<]*}</script>', page)
    )


@pytest.mark.parametrize("path", [*PATHS, f"{PAGE}poll/"])
def test_head_answers_like_get_and_post_is_refused(client: Client, lease: Lease, path: str) -> None:
    get, head, post = client.get(path), client.head(path), client.post(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert post.status_code == (404 if path == "/nowhere" else 405)


@pytest.mark.parametrize("path", ["/", "/countries/us/", PAGE, f"{PAGE}poll/"])
def test_caches_keep_pages_for_a_second_and_browsers_ask_again(
    client: Client, lease: Lease, path: str
) -> None:
    told = client.get(path).headers["Cache-Control"]
    assert told == "public, max-age=0, s-maxage=1, must-revalidate"


@pytest.mark.parametrize("path", [f"{PAGE}report/", f"{PAGE}messages/1/"])
def test_pages_with_a_form_are_kept_nowhere(client: Client, lease: Lease, path: str) -> None:
    assert "no-store" in client.get(path).headers["Cache-Control"]


# The code in its text


@pytest.mark.parametrize(
    ("body", "value", "marked"),
    [
        ("Your code is 123456.", "123456", ["123456"]),
        ("123 456 or 123-456", "123456", ["123 456", "123-456"]),
        ("1\u20102\u00a03 - 4", "1234", ["1\u20102\u00a03 - 4"]),
        ("G-482913 is yours", "482913", ["482913"]),
        ("رمزك ٤٨٢٩١٣ الآن", "482913", ["٤٨٢٩١٣"]),
        ("認証コード：１２３４５６です", "123456", ["１２３４５６"]),
        ("use ab12cd now", "AB12CD", ["ab12cd"]),
        ("ＡＢ１２", "AB12", ["ＡＢ１２"]),
        ("order 91234, code 1234", "1234", ["1234"]),
        ("12345", "1234", []),
        ("12\n34", "1234", []),
        ("nothing", "1234", []),
        ("ß ŉ ﬁ 1234 İ", "1234", ["1234"]),
        ("use a.b or aXb", "A.B", ["a.b"]),
        ("", "1234", []),
        ("1234", "", []),
    ],
)
def test_a_code_is_marked_wherever_it_stands_as_it_was_written(
    body: str, value: str, marked: list[str]
) -> None:
    pieces = mark_code(body, {"value": value}).replace("</mark>", "<mark>").split("<mark>")
    assert pieces[1::2] == marked
    assert "".join(pieces) == body


def test_marking_takes_linear_time() -> None:
    body = "1 - " * 250_000
    started = time.process_time()
    assert "<mark>" not in mark_code(body, {"value": "11111111112"})
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(hours=24), "24 hours"),
        (timedelta(days=3), "3 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1), "60 minutes"),
        (timedelta(seconds=90), "90 seconds"),
    ],
)
def test_durations_read_as_people_say_them(duration: timedelta, words: str) -> None:
    assert in_words(duration) == words


# Looking for messages


def ids_on(client: Client, query: str) -> list[int]:
    """Ids of the messages on the page with this query."""
    return [int(pk) for pk in re.findall(r'data-id="(\d+)"', text_of(client, PAGE + query))]


def test_older_messages_are_a_link_away_and_each_is_on_one_page(client: Client, lease: Lease) -> None:
    made = [make_message(lease, f"message {n}").pk for n in range(120)]
    seen: list[int] = []
    path = ""
    for _ in range(3):
        page = text_of(client, PAGE + path)
        seen += [int(pk) for pk in re.findall(r'data-id="(\d+)"', page)]
        link = re.search(r'href="[^"?]*(\?before=\d+)">Older messages', page)
        path = link[1] if link else ""
    assert path == ""
    assert seen == made[::-1]


def test_messages_are_narrowed_by_sender_and_text(client: Client, lease: Lease) -> None:
    acme = make_message(lease, "Your code is 123456", sender="ACME & Co").pk
    private = make_message(lease, "See you at EIGHT").pk
    assert ids_on(client, "?from=ACME+%26+Co") == [acme]
    assert ids_on(client, "?q=eight") == [private]
    assert ids_on(client, "?q=123456") == [acme]
    assert ids_on(client, "?from=ACME+%26+Co&q=eight") == []
    page = text_of(client, PAGE)
    assert 'href="?from=ACME%20%26%20Co"' in page
    assert 'js/live.js"' in page
    narrowed = text_of(client, PAGE + "?q=eight")
    assert 'Results for “<bdi translate="no">eight</bdi>”' in narrowed
    assert 'js/live.js"' not in narrowed
    assert "http-equiv" not in narrowed


@pytest.mark.parametrize("query", ["?q=5550100", "?q=15550100+is", "?q=help%40", "?q=withheld"])
def test_what_is_masked_cannot_be_asked_for(client: Client, lease: Lease, query: str) -> None:
    make_message(lease, "+14155550100 is mine, help@example.com", sender="+14155550100")
    make_message(lease, "+14155550100 is withheld", sender="+14155550100", public=False)
    assert ids_on(client, query) == []


def test_whoever_asks_for_a_sender_learns_no_hidden_digit(client: Client, lease: Lease) -> None:
    made = make_message(lease, "hello", sender="+14155550100").pk
    # +1 4••-•••-0100
    found = [ids_on(client, f"?from=%2B{digits}") for digits in ("14155550100", "14990000100", "14155550200")]
    assert found == [[made], [made], []]


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=-1", "?before=99999999999999999999", "?q=", "?from=", "?x=1"]
)
def test_nonsense_asks_for_nothing(client: Client, lease: Lease, query: str) -> None:
    pk = make_message(lease, "Hello").pk
    assert ids_on(client, query) == [pk]


def test_a_search_is_shown_inert(client: Client, lease: Lease) -> None:
    page = text_of(client, PAGE + "?q=%3Cscript%3Ealert(1)%3C/script%3E&from=%22%3E%3Cimg%20src=x%3E")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "No matching messages" in page


def test_a_number_is_copied_in_three_forms_and_has_a_qr_code(client: Client, lease: Lease) -> None:
    page = text_of(client, PAGE)
    assert re.findall(r'data-copy="([^"]+)"', page) == ["+15005550006", "(500) 555-0006", "15005550006"]
    assert "<svg viewBox=" in page
    assert " style=" not in page


def test_an_inbox_says_how_long_test_messages_take_where_it_is_known(client: Client, lease: Lease) -> None:
    assert "test messages take" not in text_of(client, PAGE)
    now = timezone.now()
    for n, seconds in enumerate((2, 3, 9)):
        times = {
            "sent_at": now - timedelta(hours=n + 1),
            "seen_at": now - timedelta(hours=n + 1, seconds=-seconds),
        }
        Canary.objects.create(
            number=lease.number,
            account=lease.account,
            state="seen",
            word=f"w{n}",
            price=0,
            currency="USD",
            **times,
        )
    assert "Our own test messages to this number take about 3 s" in text_of(client, PAGE)
