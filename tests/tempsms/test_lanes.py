"""Threads for pages: what they held is given back however a page ends, and how long one may take is bounded."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tempsms import asgi, page_threads
from tempsms.lib import orm_lanes
from tempsms.lib.lanes import Crowded, Lane, TooLate
from tests.conftest import Sql


class Held:
    """What threads of a lane hold, and what was severed."""

    def __init__(self) -> None:
        self.given_back: list[str] = []
        self.severed: list[Any] = []
        self.hangs = threading.Event()
        self.begun = threading.Semaphore(0)

    def lane(self, **changes: Any) -> Lane:
        """A lane of one thread that has time."""
        given = {"threads": 1, "seconds": 60, **changes}
        return Lane(
            "test",
            give_back=lambda: self.given_back.append(threading.current_thread().name),
            resource=lambda: threading.current_thread().name,
            sever=self._sever,
            **given,
        )

    def _sever(self, resource: Any) -> None:
        self.severed.append(resource)
        self.hangs.set()

    def hang(self) -> str:
        """Work that takes until it is severed or the test is over."""
        self.begun.release()
        self.hangs.wait(20)
        return "done"


@pytest.fixture
def held() -> Iterator[Held]:
    """Whatever hangs ends with the test."""
    held = Held()
    yield held
    held.hangs.set()


async def until_free(lane: Lane) -> None:
    """Wait until its threads are at nothing."""
    await eventually(lambda: not lane._running)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something that threads bring about."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true in time")


async def test_work_is_answered_by_a_thread_that_gives_back_first(held: Held) -> None:
    lane = held.lane()
    seen = await lane.run(lambda: list(held.given_back))
    assert (seen, held.given_back) == ([], ["test-1"])
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    assert held.given_back == ["test-1"] * 2


async def test_work_that_takes_too_long_is_severed_and_its_thread_serves_again(held: Held) -> None:
    lane = held.lane()
    task = asyncio.create_task(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    with pytest.MonkeyPatch.context() as patch:
        loop = asyncio.get_running_loop()
        clock = loop.time
        patch.setattr(loop, "time", lambda: clock() + lane.seconds)
        with pytest.raises(TooLate):
            await task
    assert held.severed == ["test-1"]
    await until_free(lane)
    assert held.given_back == ["test-1"]
    assert await lane.run(lambda: threading.current_thread().name) == "test-1"


async def test_work_that_waits_too_long_ends_nobody_elses(held: Held) -> None:
    lane = held.lane()
    first = asyncio.create_task(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    lane.seconds = 0
    with pytest.raises(TooLate):
        await lane.run(lambda: 1)
    assert held.severed == []
    held.hangs.set()
    assert await first == "done"


async def test_work_that_nobody_waits_for_is_not_begun_or_runs_to_its_end(held: Held) -> None:
    lane = held.lane()
    begun = []
    first = asyncio.create_task(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    second = asyncio.create_task(lane.run(lambda: begun.append(2)))
    await asyncio.sleep(0)
    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert (held.severed, held.given_back) == ([], [])
    held.hangs.set()
    await until_free(lane)
    assert (held.given_back, begun) == (["test-1"], [])


async def test_a_client_that_goes_ends_the_waiting(held: Held) -> None:
    lane = held.lane()
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(lane.run(held.hang, gone))
    await asyncio.to_thread(held.begun.acquire)
    gone.set_result(None)
    assert await task is None


async def test_more_than_may_wait_are_refused_at_once(held: Held) -> None:
    lane = held.lane(limit=2)
    first = asyncio.create_task(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    others = [asyncio.create_task(lane.run(lambda: 1)) for _ in range(3)]
    with pytest.raises(Crowded):
        await others[2]
    assert lane.busy_since() is not None
    held.hangs.set()
    assert (await first, await others[0], await others[1]) == ("done", 1, 1)


def slow(request: HttpRequest) -> HttpResponse:
    """A view that waits in the database, in a transaction, for longer than any lane allows."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_sleep(120)")
    return HttpResponse("slept")


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    """A view whose answer asks the database while it is read."""

    def rows() -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT n::text || ' ' FROM generate_series(1, 3) n")
            yield from (row[0] for row in cursor.fetchall())

    return StreamingHttpResponse(rows(), content_type="text/plain")


urlpatterns = [path("slow/", slow), path("streamed/", streamed)]


@pytest.fixture
def views(settings: Any) -> None:
    """The views above instead of the product's."""
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["*"]


async def test_a_page_that_waits_in_the_database_is_cut_there(
    site: httpx.AsyncClient, views: None, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    monkeypatch.setattr(asgi.pages._lanes[""], "seconds", 1.0)
    answer = await site.get("/slow/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    await until_free(asgi.pages._lanes[""])
    # the server looks whether its client is still there
    await eventually(lambda: sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == [])


async def test_a_streaming_answer_is_read_in_its_thread(site: httpx.AsyncClient, views: None) -> None:
    answer = await site.get("/streamed/")
    assert (answer.status_code, answer.text) == (200, "1 2 3 ")


@pytest.mark.parametrize("path", ["/streamed/", "/api/v1/countries"])
async def test_no_answer_leaves_behind_who_looks_whether_its_client_is_there(views: None, path: str) -> None:
    events: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]
    looks = []

    async def receive() -> Any:
        if events:
            return events.pop()
        looks.append(asyncio.current_task())
        return await asyncio.Event().wait()

    async def send(event: Any) -> None:
        """Take an answer."""

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    async with asyncio.timeout(60):
        await asgi.application({**scope, "client": ("198.51.100.32", 1)}, receive, send)
    await eventually(lambda: all(look is not None and look.done() for look in looks))


def test_a_broken_or_open_connection_does_not_stay_with_its_thread(transactional_db: None) -> None:
    wrapper = connections["default"]
    wrapper.ensure_connection()
    orm_lanes.sever(wrapper)
    wrapper.close_at = None  # the tests keep no connection; a site does for a minute
    wrapper.errors_occurred = True
    orm_lanes.give_back()
    assert wrapper.connection is None
    wrapper.ensure_connection()
    wrapper.close_at = None  # the tests keep no connection; a site does for a minute
    wrapper.errors_occurred = True
    orm_lanes.give_back()
    assert wrapper.connection is None, "a server that is frozen is not asked whether it works"
    transaction.atomic().__enter__()
    orm_lanes.give_back()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
    assert not connections["default"].in_atomic_block


async def test_liveness_ends_when_no_page_can_be_answered_any_more(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    lane = held.lane()
    monkeypatch.setitem(asgi.pages._lanes, "", lane)
    monkeypatch.setattr(page_threads, "STUCK_AFTER", 0.1)
    assert (await site.get("/healthz", headers={"Host": "10.1.2.3"})).status_code == 200
    stuck = asyncio.create_task(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    await eventually(lambda: asgi.pages.stuck)
    assert (await site.get("/healthz")).status_code == 503
    held.hangs.set()
    await stuck
    await until_free(lane)
    assert (await site.get("/healthz")).status_code == 200


async def test_a_lane_that_could_not_start_its_thread_starts_it_later(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = held.lane()
    with monkeypatch.context() as patch, pytest.raises(Crowded):
        patch.setattr(threading.Thread, "start", no_thread)
        await lane.run(lambda: "never")
    assert await lane.run(lambda: "done") == "done"


async def test_work_waits_for_a_thread_that_there_is_when_there_is_no_other(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = held.lane(threads=2)
    first = asyncio.ensure_future(lane.run(held.hang))
    await asyncio.to_thread(held.begun.acquire)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        second = asyncio.ensure_future(lane.run(lambda: "second"))
        await asyncio.sleep(0)
    held.hangs.set()
    assert [await first, await second] == ["done", "second"]


def no_thread(*_: object) -> None:
    """What Python does when the system has no thread left."""
    raise RuntimeError("can't start new thread")
