"""Parts of messages that share a reference: those sent closest together belong together, in whatever order."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate, permutations
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from inbox.ingest import multipart
from inbox.ingest.part_groups import CLOSE, MOMENT, StoredPart, by_message, is_settled
from numbers.models import Account
from tests.carriers.samples.vonage import token
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.unprocessed_requests import unprocessed_requests

PAGE = "/numbers/15005550006/"
KEY = "vonage-secret"
SENT = datetime(2026, 11, 28, 10, tzinfo=UTC)
GAP = multipart.GAP
Piece = tuple[int, int, str]
"""Index, seconds after ten o'clock, text."""
RED, BLUE, PIN_OF_RED, PIN_OF_BLUE = (
    (1, 0, "RED "),
    (1, 180, "BLUE "),
    (2, 1, "pin 1357"),
    (2, 181, "pin 2468"),
)


@pytest.fixture(autouse=True)
def no_budgets(settings: LazySettings) -> None:
    """These tests ask more often than a visitor may."""
    settings.VISITOR_LIMITS = False


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A Vonage account with +15005550006."""
    account = make_account(carrier="vonage", secrets={"signature_secret": KEY})
    make_lease(account=account)
    return account


async def deliver(
    site: httpx.AsyncClient, account: Account, piece: Piece, ref: str = "9", to: str = "15005550006"
) -> None:
    """A part as Vonage posts it."""
    index, seconds, text = piece
    said = {
        "msisdn": "14155550100",
        "to": to,
        "messageId": f"{ref}-{index}-{seconds}",
        "text": text,
        "type": "text",
        "message-timestamp": f"{SENT + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}",
        "concat": "true",
        "concat-ref": ref,
        "concat-total": "2",
        "concat-part": str(index),
    }
    body = json.dumps(said).encode()
    headers = {
        "authorization": f"Bearer {token(KEY, body, {'iat': int(time.time())})}",
        "content-type": "application/json",
    }
    assert (await site.post(account.webhook_url, content=body, headers=headers)).status_code == 200


async def after(sql: Sql, minutes: float) -> None:
    """So many minutes later the task runs."""
    sql(
        f"UPDATE inbox_part SET received_at = received_at - interval '{minutes} minutes' WHERE joined_at IS NULL"
    )
    await asyncio.to_thread(multipart.join_due)


async def shown(site: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What the page shows, the oldest first."""
    frames = (await site.get(f"{PAGE}poll/?after=0")).json()["frames"]
    return [{**frame["message"], "html": frame["html"]} for frame in frames]


async def texts(site: httpx.AsyncClient) -> list[str]:
    return sorted(message["body"] for message in await shown(site))


async def test_messages_with_one_reference_are_told_apart_by_the_times_of_sending_in_any_order(
    site: httpx.AsyncClient, account: Account
) -> None:
    orders = list(permutations((RED, BLUE, PIN_OF_RED, PIN_OF_BLUE)))
    for n, order in enumerate([(RED, BLUE, PIN_OF_BLUE, PIN_OF_RED), *orders]):
        for piece in order:
            await deliver(site, account, piece, ref=str(n))
    assert await texts(site) == sorted(["RED pin 1357", "BLUE pin 2468"] * (1 + len(orders)))


@pytest.mark.parametrize("order", [*permutations(((1, 300, "BLUE "), (2, 301, "pin 2468")))])
async def test_a_part_whose_rest_never_comes_takes_nothing_from_the_next_message(
    site: httpx.AsyncClient, account: Account, sql: Sql, order: tuple[Piece, Piece]
) -> None:
    await deliver(site, account, RED)
    await after(sql, 5)
    assert await texts(site) == ["RED " + GAP]
    for piece in order:
        await deliver(site, account, piece)
    assert await texts(site) == ["BLUE pin 2468", "RED " + GAP]
    await after(sql, 5)
    assert [(message["body"], message["flags"]) for message in await shown(site)] == [
        ("RED " + GAP, ["partial"]),
        ("BLUE pin 2468", []),
    ]


async def test_what_was_sent_minutes_apart_is_joined_a_moment_later_when_nothing_closer_comes(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await deliver(site, account, RED)
    await deliver(site, account, (2, 240, "late"))
    assert await texts(site) == []
    await after(sql, 0.25)
    assert await texts(site) == []
    await after(sql, 0.5)
    assert await texts(site) == ["RED late"]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("Your Contoso PIN is 71", "35. Tell nobody.", "7135"),
        ("Your Contoso PIN is 7135", "46. Tell nobody.", "713546"),
        ("Your Contoso PIN is 713 ", "509. Tell nobody.", "713509"),
        ("Tell nobody: 71", "35 is your Contoso PIN", "7135"),
        ("Tell nobody: 71", "3546 is your Contoso PIN", "713546"),
        ("Use code QP", "LM to sign in to your account", "QPLM"),
    ],
)
@pytest.mark.parametrize("late", [1, 2])
async def test_digits_at_a_seam_are_unfinished_until_the_other_part_has_come(
    site: httpx.AsyncClient, account: Account, sql: Sql, first: str, second: str, code: str, late: int
) -> None:
    pieces = [(1, 0, first), (2, 1, second)]
    await deliver(site, account, pieces[2 - late])
    await after(sql, 3)
    (partial,) = await shown(site)
    assert partial["code"] is None
    assert partial["code_spans"] == []
    assert "<mark>" not in partial["html"]
    assert "data-copy" not in partial["html"]
    ((stored,),) = sql("SELECT body FROM inbox_message")
    assert not any(map(str.isdigit, stored)), "half a code is sealed as well"
    await deliver(site, account, pieces[late - 1])
    (whole,) = await shown(site)
    assert (whole["body"], whole["flags"], whole["code"]["value"]) == (first + second, [], code)
    assert "<mark>" in whole["html"]


async def test_the_code_in_the_middle_of_a_part_is_offered_while_another_is_missing(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await deliver(site, account, (1, 0, "482109 is your Contoso code. More at the"))
    await after(sql, 3)
    (partial,) = await shown(site)
    assert partial["code"]["value"] == "482109"


@pytest.mark.parametrize(("sender", "code"), [("Code 482109", "482109"), ("４８２１０９", "４８２１０９")])
async def test_a_code_in_the_name_of_a_part_is_not_readable_in_its_row(
    site: httpx.AsyncClient, account: Account, sql: Sql, sender: str, code: str
) -> None:
    from numbers.carriers.messages import Inbound, Part

    for index, text in ((1, "One "), (2, "two")):
        assert code not in str(sql("SELECT * FROM inbox_part"))
        await multipart.accept(
            account.pk, Inbound(f"n{index}", sender, "+15005550006", text, part=Part("7", index, 2))
        )
    assert code not in str(sql("SELECT * FROM inbox_part"))
    (message,) = await shown(site)
    assert (message["body"], message["from"]) == ("One two", sender)


async def test_each_part_to_a_number_that_is_not_ours_is_kept_for_the_operator(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    for piece in ((1, 0, "One "), (2, 1, "two")):
        await deliver(site, account, piece, to="12025550199")
    kept = unprocessed_requests(sql)
    assert [request.reason for request in kept] == ["unknown number"] * 2
    assert [json.loads(request.body)["text"] for request in kept] == ["One ", "two"]


# Without a database


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[tuple[int, StoredPart]], int]:
    """Parts of messages with one reference, sent minutes apart, in the order in which they come; how many each."""
    total = draw(st.integers(2, 4))
    starts = list(accumulate(draw(st.lists(st.integers(150, 240), min_size=1, max_size=3))))
    places = [(n, index) for n in range(len(starts)) for index in range(1, total + 1)]
    sent = [(n, index, starts[n] + draw(st.integers(0, 9))) for n, index in places]
    order = draw(st.permutations(sent))
    now = SENT + timedelta(hours=1)
    kept = [
        (
            n,
            StoredPart(
                place, index, total, now + timedelta(seconds=place / 10), SENT + timedelta(seconds=at), {}, 0
            ),
        )
        for place, (n, index, at) in enumerate(order)
    ]
    return kept, total


@given(deliveries())
def test_whatever_comes_in_whatever_order_each_message_gets_its_own_parts(
    delivered: tuple[list[tuple[int, StoredPart]], int],
) -> None:
    arrivals, total = delivered
    message_of = {part.id: message for message, part in arrivals}
    waiting: list[StoredPart] = []
    joined: list[list[StoredPart]] = []
    for _, part in arrivals:
        waiting.append(part)
        for group in by_message(waiting):
            if len(group) == total and is_settled(group, part.received_at):
                joined.append(group)
                waiting = [other for other in waiting if other not in group]
    assert waiting == []
    assert all(len({message_of[part.id] for part in group}) == 1 for group in joined)


def test_a_group_that_is_far_apart_settles_after_a_moment() -> None:
    came = SENT + timedelta(hours=1)
    far = [StoredPart(n, n, 2, came, SENT + n * 2 * CLOSE, {}, 0) for n in (1, 2)]
    assert by_message(far) == [far]
    assert not is_settled(far, came)
    assert is_settled(far, came + MOMENT)
    near = [StoredPart(n, n, 2, came, SENT + n * CLOSE, {}, 0) for n in (1, 2)]
    assert is_settled(near, came)


@pytest.mark.parametrize("apart", [1, 700], ids=["close", "far"])
def test_grouping_parts_without_end_takes_a_bounded_time(apart: int) -> None:
    """Parts of 254 indexes of 255, in such an order that groups grow and clash: 93 s when pairs were compared."""
    came = [SENT + timedelta(seconds=n) for n in range(multipart.MOST_OPEN)]
    sent = [SENT + timedelta(seconds=n * 7919 % 600 * apart) for n in range(multipart.MOST_OPEN)]
    parts = [StoredPart(n, 1 + n % 254, 255, came[n], sent[n], {}, 0) for n in range(multipart.MOST_OPEN)]
    started = time.process_time()
    assert sum(map(len, by_message(parts))) == multipart.MOST_OPEN
    assert time.process_time() - started < 10
