"""The live socket: replay since a cursor, then every message as it comes; strangers and slow readers stay out."""

import asyncio
from collections import deque
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from psycopg import OperationalError
from redis.asyncio.client import PubSub

from inbox.ingest import store
from inbox.live import hub, notices, session, slots, websocket
from inbox.live.access import Grant
from inbox.live.frames import Frame
from inbox.messages.inboxes import Inbox
from numbers import pool
from numbers.models import Account, Lease
from tests import deployment
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.deployment import given
from tests.factories import make_account, make_lease
from tests.sockets import PATH, Open, connect, frame

__all__ = ["connect"]


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def send(site: httpx.AsyncClient, account: Account, body: str, **changes: str) -> None:
    """Post a signed message."""
    post = signed(account.webhook_url, form(body, **changes))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def test_a_message_is_pushed_with_its_code_and_html(
    site: httpx.AsyncClient, lease: Lease, connect: Open
) -> None:
    socket = await connect()
    await send(site, lease.account, "Your code is 482913")
    got = await frame(socket)
    assert got["type"] == "message"
    assert got["message"]["code"]["value"] == "482913"
    assert got["message"]["from"] == "+1 4••-•••-0100"
    assert got["id"] == got["message"]["id"]
    assert "482913" in got["html"]


async def test_a_frame_is_the_same_as_what_the_poll_says(
    site: httpx.AsyncClient, lease: Lease, connect: Open
) -> None:
    socket = await connect()
    await send(site, lease.account, "Your code is 482913 🙂")
    polled = (await site.get("/numbers/15005550006/poll/?after=0")).json()["frames"]
    assert polled == [await frame(socket)]


async def test_a_socket_replays_what_came_after_its_cursor(
    site: httpx.AsyncClient, lease: Lease, connect: Open, sql: Sql
) -> None:
    for n in range(5):
        await send(site, lease.account, f"n{n}")
    sql("UPDATE inbox_message SET received_at = received_at - interval '1 hour' + id * interval '1 minute'")
    ids = [row[0] for row in sql("SELECT id FROM inbox_message ORDER BY id")]
    socket = await connect(f"{PATH}?after={ids[2]}")
    # the cursor's own message may come again (the overlap), older ones don't
    got = [await frame(socket) for _ in range(3)]
    assert [item["id"] for item in got] == [ids[2], ids[3], ids[4]]


async def test_a_late_commit_below_the_cursor_is_replayed(
    site: httpx.AsyncClient, lease: Lease, connect: Open, sql: Sql
) -> None:
    await send(site, lease.account, "early id, late commit")
    await send(site, lease.account, "seen")
    (first,), (second,) = sql("SELECT id FROM inbox_message ORDER BY id")
    socket = await connect(f"{PATH}?after={second}")
    assert [(await frame(socket))["id"] for _ in range(2)] == [first, second]


async def test_nothing_falls_between_replay_and_live(
    site: httpx.AsyncClient, lease: Lease, connect: Open
) -> None:
    sending = asyncio.gather(*(send(site, lease.account, f"n{n}") for n in range(40)))
    sockets = [await connect() for _ in range(5)]
    await sending
    for socket in sockets:
        bodies: set[str] = set()
        while len(bodies) < 40:
            bodies.add((await frame(socket))["message"]["body"])


async def test_a_number_in_a_sockets_address_may_have_its_plus(lease: Lease, connect: Open) -> None:
    assert (await connect("/ws/numbers/+15005550006/")).accepted
    assert not (await connect("/ws/numbers/++15005550006/")).accepted


async def test_the_server_is_heard_while_nothing_is_new(
    lease: Lease, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_EVERY", 0.01)
    sockets = [await connect() for _ in range(3)]
    for socket in sockets:
        assert [await frame(socket) for _ in range(2)] == [{"type": "beat", "id": 0}] * 2


@pytest.mark.parametrize(
    "path",
    ["/ws/numbers/15005550007/", f"{PATH}?after=x", f"{PATH}?after=-1", f"{PATH}?after=99999999999999999999"],
)
async def test_unknown_numbers_and_wrong_cursors_are_refused(lease: Lease, connect: Open, path: str) -> None:
    assert not (await connect(path)).accepted


@pytest.mark.parametrize("change", ["public = false", "id = id"])
async def test_a_private_or_quarantined_number_has_no_socket(
    lease: Lease, connect: Open, sql: Sql, change: str
) -> None:
    sql(f"UPDATE numbers_number SET {change}")
    if change == "id = id":
        sql("UPDATE numbers_lease SET state = 'quarantined'")
    assert not (await connect()).accepted


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", False),
        ("http://evil.example", False),
        ("http://127.0.0.1.evil.example:8000", False),
        ("null", False),
        ("", False),
    ],
)
async def test_only_our_own_pages_may_open_a_socket(
    lease: Lease, connect: Open, origin: str, accepted: bool
) -> None:
    assert (await connect(Origin=origin)).accepted is accepted


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("https://inbox.example.net", True),
        ("https://inbox.example.net:443", True),
        ("https://sms.example.net", True),
        ("http://inbox.example.net", False),
        ("https://inbox.example.net:8443", False),
        ("https://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
async def test_origins_are_compared_in_one_spelling(
    lease: Lease, connect: Open, settings: Any, origin: str, accepted: bool
) -> None:
    hosts = "inbox.example.net sms.example.net"
    read = deployment.read(given(PUBLIC_URL="https://Inbox.Example.net:443", ALLOWED_HOSTS=hosts))
    for name in ("PUBLIC_URL", "ALLOWED_HOSTS", "DEPLOYED"):
        setattr(settings, name, getattr(read, name))
    assert (await connect(Origin=origin)).accepted is accepted


async def test_a_visitor_has_only_so_many_sockets_and_gets_them_back(
    lease: Lease, connect: Open, settings: Any
) -> None:
    settings.SOCKETS_PER_VISITOR = 3
    sockets = [await connect() for _ in range(4)]
    assert [socket.accepted for socket in sockets] == [True, True, True, False]
    await sockets[0].socket.disconnect()
    assert (await connect()).accepted


@pytest.mark.parametrize(("processes", "accepted"), [(1, 10), (2, 5), (3, 4), (20, 4)])
async def test_web_processes_share_out_a_visitors_sockets(
    lease: Lease, connect: Open, settings: Any, processes: int, accepted: int
) -> None:
    settings.SOCKETS_PER_VISITOR, settings.WEB_PROCESSES = 10, processes
    assert [(await connect()).accepted for _ in range(11)].count(True) == accepted


async def test_a_socket_that_speaks_is_closed(lease: Lease, connect: Open) -> None:
    viewer = await connect()
    await viewer.socket.send_to(text_data="hello")
    assert (await viewer.socket.receive_output(timeout=5)) == {
        "type": "websocket.close",
        "code": websocket.NOT_ALLOWED,
    }


async def test_retirement_ends_open_pages(lease: Lease, connect: Open) -> None:
    socket = await connect()
    await asyncio.to_thread(_quarantine, lease)
    assert (await frame(socket))["type"] == "retired"
    assert (await socket.socket.receive_output(timeout=5))["code"] == websocket.NUMBER_ENDED


def _quarantine(lease: Lease) -> None:
    from django.db import connection

    pool.quarantine(lease)
    connection.close()


async def test_an_expired_code_is_redacted_on_open_pages_and_everywhere(
    site: httpx.AsyncClient, lease: Lease, connect: Open, sql: Sql
) -> None:
    socket = await connect()
    await send(site, lease.account, "Your code is 482913")
    message_id = (await frame(socket))["id"]
    sql("UPDATE inbox_code SET expires_at = now()")
    polled = (await site.get("/numbers/15005550006/poll/?after=0")).json()["frames"][0]["message"]
    assert (polled["body"], polled["code"], polled["flags"]) == ("Your code is ••••••", None, ["redacted"])
    await asyncio.to_thread(_forget)
    assert await frame(socket) == {"type": "redacted", "id": message_id}
    assert sql("SELECT count(*) FROM inbox_code") == [(0,)]


def _forget() -> None:
    from django.db import connection

    from inbox.privacy import retention

    assert retention.forget_codes() == 1
    connection.close()


async def test_a_private_message_is_not_pushed(
    site: httpx.AsyncClient, lease: Lease, connect: Open, sql: Sql
) -> None:
    socket = await connect()
    sql("UPDATE numbers_number SET public = false")
    await send(site, lease.account, "private")
    await asyncio.to_thread(notices.tell, "withheld", {"+15005550006": [7]})
    assert await frame(socket) == {"type": "withheld", "id": 7}


class SlowSend:
    """An ASGI send that blocks until released, as a server's does when the peer does not read."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.sent: list[str] = []

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        await self.free.wait()
        self.sent.append(message.get("text", message["type"]))


async def _slow_viewer() -> tuple[websocket.Viewer, SlowSend]:
    send = SlowSend()
    viewer = websocket.Viewer(send)
    viewer._backlog = None
    return viewer, send


async def test_frames_wait_in_order_behind_a_slow_reader() -> None:
    viewer, send = await _slow_viewer()
    for n in range(10):
        viewer.push(Frame(str(n)))
    assert send.sent == []
    send.free.set()
    assert viewer._draining
    await viewer._draining
    viewer.push(Frame("10"))
    assert send.sent == [str(n) for n in range(11)]


async def test_a_reader_too_far_behind_is_closed_and_costs_no_more() -> None:
    viewer, send = await _slow_viewer()
    for n in range(session.BACKLOG * 3):
        viewer.push(Frame(str(n)))
    assert viewer._backlog == deque()
    send.free.set()
    assert viewer._draining
    await viewer._draining
    assert "websocket.close" in send.sent


async def test_the_end_waits_behind_the_frames_of_a_slow_reader() -> None:
    viewer, send = await _slow_viewer()
    for n in range(3):
        viewer.push(Frame(str(n)))
    viewer.push(Frame("retired"))
    viewer.end()
    send.free.set()
    assert viewer._draining
    await viewer._draining
    assert send.sent == ["0", "1", "2", "retired", "websocket.close"]


class Seen:
    """A viewer that remembers."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def push(self, frame: Frame) -> None:
        self.came.set()

    def end(self) -> None:
        raise AssertionError("nothing ends here")


@pytest.mark.parametrize("apart", range(6))
async def test_numbers_that_are_opened_while_the_subscription_begins_are_all_heard(
    site: httpx.AsyncClient, apart: int
) -> None:
    numbers = [f"+1500555{n:04}" for n in range(8)]
    viewers = {number: Seen() for number in numbers}
    watching = []
    for number, viewer in viewers.items():
        watching.append(asyncio.create_task(hub.hub().watch(Grant(Inbox(1, number)), viewer)))
        for _ in range(apart):
            await asyncio.sleep(0)
    await asyncio.gather(*watching)
    await asyncio.to_thread(notices.tell, "withheld", {number: [7] for number in numbers})
    await asyncio.wait_for(asyncio.gather(*(viewer.came.wait() for viewer in viewers.values())), 5)


async def test_many_numbers_are_subscribed_and_left_by_one_request_each(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    real = {name: getattr(PubSub, name) for name in ("subscribe", "unsubscribe")}
    for name in real:

        async def count(self: PubSub, *channels: str, name: str = name) -> None:
            asked.append((name, len(channels)))
            await real[name](self, *channels)

        monkeypatch.setattr(PubSub, name, count)
    watched, inboxes = hub.hub(), [Inbox(1, f"+1500555{n:04}") for n in range(300)]
    viewers = {Seen(): inbox for inbox in inboxes}
    await watched.watch(Grant(Inbox(1, "+15005559999")), Seen())
    await watched.watch_all({viewer: Grant(inbox) for viewer, inbox in viewers.items()})
    await asyncio.to_thread(notices.tell, "withheld", {inbox.e164: [7] for inbox in inboxes})
    await asyncio.wait_for(asyncio.gather(*(viewer.came.wait() for viewer in viewers)), 5)
    assert not watched._stale
    await watched.leave_all(dict(viewers.items()))
    await asyncio.gather(*watched._background)
    assert asked[-2:] == [("subscribe", 300), ("unsubscribe", 300)]


async def test_a_confirmation_of_before_the_number_was_left_says_nothing(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: asyncio.Queue[Any] = asyncio.Queue()
    handle = hub.Hub._handle_incoming

    async def hold(self: hub.Hub, incoming: Any) -> None:
        await (held.put(incoming) if b"+1500" in incoming["channel"] else handle(self, incoming))

    monkeypatch.setattr(hub.Hub, "_handle_incoming", hold)
    inbox, viewer, watched = Inbox(1, "+15005550000"), Seen(), hub.hub()
    first = asyncio.create_task(watched.watch(Grant(inbox), viewer))
    old = await held.get()
    await watched.leave(inbox, viewer)
    assert (await held.get())["type"] == "unsubscribe"
    second = asyncio.create_task(watched.watch(Grant(inbox), viewer))
    new = await held.get()
    await handle(watched, old)
    assert not watched._confirmed[inbox.topic].is_set()
    await handle(watched, new)
    await asyncio.gather(first, second)


async def test_a_number_that_ends_while_a_socket_opens_is_refused(
    site: httpx.AsyncClient, lease: Lease, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = hub.Hub.watch

    async def ends_first(*args: Any) -> None:
        await asyncio.to_thread(_quarantine, lease)
        await watch(*args)

    monkeypatch.setattr(hub.Hub, "watch", ends_first)
    assert not (await connect()).accepted
    assert not slots._taken


async def test_a_message_whose_commit_was_not_confirmed_reaches_open_pages(
    site: httpx.AsyncClient, lease: Lease, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await connect()

    async def loses_the_answer(*args: Any) -> Any:
        monkeypatch.setattr("inbox.ingest.batcher.store", store.store)
        await store.store(*args)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("inbox.ingest.batcher.store", loses_the_answer)
    post = signed(lease.account.webhook_url, form("Hello"))
    statuses = [
        (await site.post(post.url, content=post.body, headers=post.headers)).status_code for _ in range(2)
    ]
    assert statuses == [503, 200]
    assert (await frame(viewer))["message"]["body"] == "Hello"
