"""Messages that come part by part: joined in any order, once; shown as partial after a while, and mended."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from inbox.ingest import multipart
from inbox.ingest.part_groups import StoredPart
from inbox.ingest.rows import Outcome, Unstorable
from inbox.models import Part as Row
from numbers.carriers.messages import Inbound, Part
from numbers.models import Account
from tempsms.lib import postgres
from tempsms.lib.postgres import Unavailable
from tests.conftest import Sql
from tests.factories import make_account, make_lease

PAGE = "/numbers/15005550006/"


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An account with +15005550006."""
    account = make_account()
    make_lease(account=account)
    return account


@pytest.fixture
def other(transactional_db: None) -> Account:
    """An account without numbers."""
    return make_account()


def part(index: int, body: str, total: int = 3, **changes: Any) -> Inbound:
    """One part of a message."""
    values = {
        "ref": f"m1-{index}",
        "sender": "+14155550100",
        "recipient": "+15005550006",
        "group": "7",
        **changes,
    }
    group = values.pop("group")
    return Inbound(body=body, part=Part(str(group), index, total), **values)


def bodies(sql: Sql) -> list[tuple[str, list[str]]]:
    """What is stored."""
    return [tuple(row) for row in sql("SELECT body, flags FROM inbox_message ORDER BY id")]


async def later(sql: Sql) -> int:
    """Let patience be over, and join what is due, as a task does in a loop of its own."""
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 minutes' WHERE joined_at IS NULL")
    return await asyncio.to_thread(multipart.join_due)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
async def test_parts_are_joined_in_any_order(
    site: httpx.AsyncClient, account: Account, sql: Sql, order: tuple[int, ...]
) -> None:
    texts = {1: "One, ", 2: "two, ", 3: "three"}
    for index in order:
        stored = await multipart.accept(account.pk, part(index, texts[index]))
        assert stored.outcome is (Outcome.STORED if index == order[-1] else Outcome.PART)
    assert bodies(sql) == [("One, two, three", [])]
    assert "One, two, three" in (await site.get(PAGE)).text


async def test_repeated_parts_change_nothing_even_after_the_message_is_whole(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for index in (1, 1, 2, 2, 1):
        await multipart.accept(account.pk, part(index, str(index), total=2))
    assert bodies(sql) == [("12", [])]
    await later(sql)
    assert bodies(sql) == [("12", [])]


async def test_the_last_two_parts_at_once_are_one_message(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await asyncio.gather(
        *(multipart.accept(account.pk, part(index, "abcdef"[index - 1], total=6)) for index in range(1, 7))
    )
    assert bodies(sql) == [("abcdef", [])]


async def test_parts_that_come_first_of_all_wait_for_nothing_that_waits_for_them(
    site: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SIZE", 1)
    assert (await multipart.accept(account.pk, part(1, "a", total=1))).id


async def test_parts_that_are_overdue_wait_for_nothing_that_waits_for_them(
    site: httpx.AsyncClient, account: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    await multipart.accept(account.pk, part(1, "a", total=2))
    monkeypatch.setattr(postgres, "SIZE", 1)
    assert await later(sql) == 1


async def test_other_senders_and_groups_are_other_messages(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for changes in ({}, {"sender": "+14155550101"}, {"group": "8"}):
        tag = str(sorted(changes))
        await multipart.accept(account.pk, part(1, "a", 2, **{**changes, "ref": f"1{tag}"}))
    assert bodies(sql) == []
    await multipart.accept(account.pk, part(2, "b", 2, group="8", ref="x"))
    assert bodies(sql) == [("ab", [])]


async def test_what_is_not_whole_in_time_is_shown_as_partial_and_mended(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "Your code "))
    await multipart.accept(account.pk, part(3, "482913"))
    assert await asyncio.to_thread(multipart.join_due) == 0, "patience first"
    assert await later(sql) == 1
    assert await later(sql) == 0
    page = (await site.get(PAGE)).text
    assert "Your code" in page
    assert "[…]" in page
    assert "Parts missing" in page
    await multipart.accept(account.pk, part(2, "is "))
    (frame,) = (await site.get(PAGE + "poll/")).json()["frames"]
    message = frame["message"]
    assert (message["body"], message["flags"], message["code"]["value"]) == (
        "Your code is 482913",
        [],
        "482913",
    )
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


async def test_a_crash_between_storing_and_noting_it_stores_nothing_twice(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for index in (1, 2):
        await multipart.accept(account.pk, part(index, str(index), total=2))
    assert sql("SELECT sealed FROM inbox_part") == [("",), ("",)], "the text is not kept twice"
    await multipart.accept(account.pk, part(1, "a", group="9", ref="a"))
    await later(sql)
    sql("UPDATE inbox_part SET message_id = NULL WHERE ref = 'a'")  # as if it had died before it was noted
    assert await later(sql) == 0
    assert sql("SELECT message_id IS NOT NULL FROM inbox_part WHERE ref = 'a'") == [(True,)]
    assert sql("SELECT count(*) FROM inbox_message") == [(2,)]


async def test_no_part_lies_readable_in_the_database(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "Your code is 482913"))
    assert "482913" not in str(sql("SELECT * FROM inbox_part"))


async def test_parts_for_a_number_that_is_not_ours_are_not_kept_here(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for index in (1, 2):
        stored = await multipart.accept(account.pk, part(index, "a", total=2, recipient="+12025550199"))
        assert stored.outcome is Outcome.UNKNOWN_NUMBER
    assert sql("SELECT count(*) FROM inbox_part") == [(0,)]


@pytest.mark.parametrize("change", ["state = 'released'", "state = 'ordered'"])
async def test_parts_are_for_live_leases_of_their_own_account(
    site: httpx.AsyncClient, account: Account, other: Account, sql: Sql, change: str
) -> None:
    sql(f"UPDATE numbers_lease SET {change}")
    assert (await multipart.accept(account.pk, part(1, "a"))).outcome is Outcome.UNKNOWN_NUMBER
    sql("UPDATE numbers_lease SET state = 'quarantined'")
    assert (await multipart.accept(account.pk, part(1, "a"))).outcome is Outcome.PART
    assert (await multipart.accept(other.pk, part(1, "a"))).outcome is Outcome.UNKNOWN_NUMBER


async def test_parts_whose_number_is_given_back_meanwhile_keep_their_text(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "a"))
    sql("UPDATE numbers_lease SET state = 'released'")
    assert await later(sql) == 0
    assert sql("SELECT joined_at IS NOT NULL, sealed <> '' FROM inbox_part") == [(True, True)]


async def test_a_part_that_no_key_opens_holds_up_no_other(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "lost"))
    lost = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    sql("UPDATE inbox_part SET sealed = %s", lost)
    for index in (1, 2):
        await multipart.accept(account.pk, part(index, str(index), total=2, ref=f"new-{index}"))
    assert bodies(sql) == [("12", [])]
    await multipart.accept(account.pk, part(2, "rest"))
    await later(sql)
    assert bodies(sql)[1:] == [(f"{multipart.GAP}rest{multipart.GAP}", ["partial"])]


async def test_parts_without_end_are_not_looked_into_until_one_message_can_be_whole(
    site: httpx.AsyncClient, account: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    unseal_all = multipart._unseal_all

    def count(rows: list[Any]) -> list[StoredPart]:
        looks.append(len(rows))
        return unseal_all(rows)

    monkeypatch.setattr(multipart, "_unseal_all", count)
    monkeypatch.setattr(multipart, "MOST_OPEN", 4)
    for n in range(6):
        await multipart.accept(account.pk, part(1, f"{n}", total=2, ref=f"endless-{n}"))
    assert looks == []
    await multipart.accept(account.pk, part(2, "!", total=2, ref="last"))
    assert looks == [4]
    assert bodies(sql) == [("3!", [])]


async def test_what_fails_for_one_message_holds_up_no_other(
    site: httpx.AsyncClient, account: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    for group in ("7", "8", "9"):
        await multipart.accept(account.pk, part(1, group, group=group, ref=group))
    join = multipart._join_parts

    async def fail_for_one(connection: Any, key: multipart.Key, *, partial: bool) -> Any:
        if key.group == "8":
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await join(connection, key, partial=partial)

    monkeypatch.setattr(multipart, "_join_parts", fail_for_one)
    assert await later(sql) == 2


async def test_what_cannot_be_stored_is_said_at_the_door(site: httpx.AsyncClient, account: Account) -> None:
    with pytest.raises(Unstorable):
        await multipart.accept(account.pk, part(1, "a", recipient="+1\0"))


async def test_trouble_of_ours_is_unavailable(
    site: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "conninfo", lambda: "host=127.0.0.1 port=1 dbname=x")
    with pytest.raises(Unavailable):
        await multipart.accept(account.pk, part(1, "a"))


def test_old_parts_are_forgotten(account: Account, sql: Sql) -> None:
    values = {"account": account, "recipient": "+1", "sender": "+2", "group": "7", "index": 1, "total": 2}
    Row.objects.create(ref="a", sealed="", **values)
    assert multipart.forget() == 0
    Row.objects.create(ref="b", sealed="", received_at=timezone.now() - timedelta(days=3), **values)
    assert multipart.forget() == 1
    assert Row.objects.get().ref == "a"


SENT = timezone.now()


async def test_a_reference_that_comes_round_again_joins_nothing_old(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "old first ", total=2, ref="old-1"))
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 hours'")
    await multipart.accept(account.pk, part(2, "new second", total=2, ref="new-2"))
    assert bodies(sql) == []
    await multipart.accept(account.pk, part(1, "new first ", total=2, ref="new-1"))
    assert bodies(sql) == [("new first new second", [])]
    await later(sql)
    assert bodies(sql)[1:] == [("old first " + multipart.GAP, ["partial"])]


async def test_parts_sent_together_are_joined_however_late_one_comes_and_others_never(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "one ", total=2, sent_at=SENT))
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 hours'")
    far = SENT + timedelta(minutes=11)
    await multipart.accept(account.pk, part(2, "of another", total=2, ref="x", sent_at=far))
    assert bodies(sql) == []
    await multipart.accept(account.pk, part(2, "two", total=2, sent_at=SENT + timedelta(minutes=1)))
    assert bodies(sql) == [("one two", [])]


async def test_two_messages_with_one_reference_at_a_time_are_told_apart_by_their_places(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for ref, index, body in (("a1", 1, "a"), ("b1", 1, "b"), ("a2", 2, "A"), ("b2", 2, "B")):
        await multipart.accept(account.pk, part(index, body, total=2, ref=ref))
    assert bodies(sql) == [("aA", []), ("bB", [])]


async def test_parts_of_another_count_belong_to_another_message(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await multipart.accept(account.pk, part(1, "one ", total=3, ref="a"))
    await multipart.accept(account.pk, part(2, "two", total=2, ref="b"))
    assert bodies(sql) == []
