"""Lists after a cursor: each message once and none left out, in whatever order transactions end."""

import psycopg
import pytest
from django.db import connection

from inbox.messages import listing
from inbox.messages.inboxes import Inbox
from inbox.messages.listing import BadCursor, Cursor, Page, read_cursor
from numbers.models import Lease
from tempsms.lib import postgres
from tests.factories import make_lease, make_message

pytestmark = pytest.mark.django_db(transaction=True)
COPY = """
INSERT INTO inbox_message SELECT (jsonb_populate_record(m, jsonb_build_object('id', %s, 'body', %s::text))).*
FROM inbox_message m WHERE m.id = %s
"""


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease()


@pytest.fixture
def inbox(lease: Lease) -> Inbox:
    """Its public inbox."""
    return Inbox(lease.number_id, lease.number.e164)


def bodies(page: Page) -> list[str]:
    """The texts of a page."""
    return [message["body"] for message in page.messages]


def draw() -> int:
    """An id that a message may get later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('inbox_message_id_seq')")
        (drawn,) = cursor.fetchone() or (0,)
    return int(drawn)


def test_what_comes_after_a_cursor_is_listed_oldest_first(lease: Lease, inbox: Inbox) -> None:
    for n in range(5):
        make_message(lease, f"n{n}")
    page = listing.after(inbox, Cursor(0), limit=2)
    assert (bodies(page), page.more) == (["n0", "n1"], True)
    page = listing.after(inbox, page.cursor, limit=3)
    assert (bodies(page), page.more) == (["n2", "n3", "n4"], False)
    page = listing.after(inbox, page.cursor)
    assert (bodies(page), page.more) == ([], False)
    make_message(lease, "next")
    assert bodies(listing.after(inbox, page.cursor)) == ["next"]


def test_a_late_commit_comes_once(lease: Lease, inbox: Inbox) -> None:
    pattern = make_message(lease, "first").pk
    with psycopg.connect(postgres.conninfo()) as other:
        other.execute(COPY, [draw(), "late", pattern])
        make_message(lease, "second")
        page = listing.after(inbox, Cursor(0))
        assert bodies(page) == ["first", "second"]
        assert bodies(listing.after(inbox, page.cursor)) == []
        other.commit()
    page = listing.after(inbox, page.cursor)
    assert bodies(page) == ["late"]
    assert bodies(listing.after(inbox, page.cursor)) == []


def test_of_many_late_commits_each_comes_once(lease: Lease, inbox: Inbox) -> None:
    pattern = make_message(lease, "first").pk
    later = draw()
    with psycopg.connect(postgres.conninfo()) as other:
        for n in range(5):
            other.execute(COPY, [draw(), f"late{n}", pattern])
        make_message(lease, "second")
        page = listing.after(inbox, Cursor(0))
        other.commit()
    make_message(lease, "third")
    got, pages = [], 0
    while page.more or not pages:
        pages += 1
        page = listing.after(inbox, read_cursor(str(page.cursor)), limit=2)
        got += bodies(page)
        if pages == 2:
            make_message(lease, "latest", id=later)
    assert sorted(got) == ["late0", "late1", "late2", "late3", "late4", "latest", "third"]
    assert bodies(listing.after(inbox, page.cursor)) == []


def test_what_commits_while_a_list_is_read_is_not_left_out(
    lease: Lease, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = draw()
    make_message(lease, "first")
    make_message(lease, "second")
    read = listing._read_rows

    def commit_late(*args: object) -> object:
        rows = list(read(*args))  # type: ignore[arg-type]
        make_message(lease, "late", id=late)
        return rows

    monkeypatch.setattr(listing, "_read_rows", commit_late)
    page = listing.after(inbox, Cursor(0))
    monkeypatch.setattr(listing, "_read_rows", read)
    assert bodies(listing.after(inbox, page.cursor)) == ["late"]


def test_a_message_that_rolled_back_never_comes(lease: Lease, inbox: Inbox) -> None:
    pattern = make_message(lease, "first").pk
    with psycopg.connect(postgres.conninfo()) as other:
        other.execute(COPY, [draw(), "gone", pattern])
        page = listing.after(inbox, Cursor(0))
        other.rollback()
    assert bodies(listing.after(inbox, page.cursor)) == []


def test_lists_are_narrowed_by_sender_and_text(lease: Lease, inbox: Inbox) -> None:
    make_message(lease, "Your code is 482913")
    make_message(lease, "Your code is 111111", sender="ACME")
    make_message(lease, "Hello", sender="ACME")
    assert bodies(listing.after(inbox, Cursor(0), sender="+1 415 555 0100")) == ["Your code is 482913"]
    assert bodies(listing.after(inbox, Cursor(0), sender="acme", text="CODE")) == ["Your code is 111111"]
    page = listing.after(inbox, Cursor(0), text="482 913", limit=1)
    assert bodies(page) == ["Your code is 482913"]
    assert bodies(listing.after(inbox, page.cursor, text="482913")) == []


def test_a_search_goes_on_where_it_stopped(
    lease: Lease, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 3)
    monkeypatch.setattr(listing, "BATCH", 2)
    for n in range(7):
        make_message(lease, f"n{n}")
    page, found = listing.after(inbox, Cursor(0), text="n6"), []
    while page.more:
        found += bodies(page)
        page = listing.after(inbox, page.cursor, text="n6")
    assert found + bodies(page) == ["n6"]


def test_a_cursor_can_be_written_and_read() -> None:
    assert read_cursor("7") == Cursor(7)
    assert read_cursor(str(Cursor(7, "10:12:10,11"))) == Cursor(7, "10:12:10,11")


@pytest.mark.parametrize("text", ["", "x", "-1", "7~", "7~x", "7~1:2", "9" * 19, "٣", "7~1:2:3;DROP"])
def test_other_texts_are_no_cursors(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text)


@pytest.mark.parametrize("snapshot", ["12:10:", "1:2:,"])
def test_a_snapshot_that_postgresql_does_not_know_is_refused(inbox: Inbox, snapshot: str) -> None:
    with pytest.raises(BadCursor):
        listing.after(inbox, Cursor(7, snapshot))
