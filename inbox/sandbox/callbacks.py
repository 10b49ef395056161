"""Changes the states of captured messages, and makes their callbacks, signed with the project's own secret.

A worker claims changes that are due, of each message the oldest, enters their states, and then calls back. An address
that never answers holds up the messages that name it, and no others: many callbacks are under way at the same time. As
carriers do, nobody is called a second time, unless a worker was killed before it noted the answer.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, perf_counter
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from inbox.sandbox import replies
from inbox.sandbox.models import CapturedMessage, Credential, Project, StateChange
from inbox.sandbox.reach import reach_of
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import Unsupported
from tempsms.lib import effects
from tempsms.lib.aimed_requests import Answer, Connections, RequestFailed
from tempsms.lib.vault import NO_KEY, Unreadable, Unsealable

logger = logging.getLogger(__name__)

TURN = 20.0  # seconds
ANSWERED_WITHIN = 10.0  # seconds
EXCERPT = 2000
"""Characters of an answer that are kept."""
AT_ONCE = 100
LOOK_EVERY = 0.2  # seconds between looks for what has become due, while callbacks are under way
ENDED = "the message had ended"
LOST = "lost on its way"
_LOST_AFTER = timedelta(seconds=60)  # longer than a callback takes: then its worker is gone
OLDEST_DUE = "SELECT min(due_at) FROM sandbox_statechange WHERE settled_at IS NULL AND due_at <= now()"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a callback; without an answer `note` says why."""

    status: int = 0
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    note: str = ""
    ms: int = 0

    @property
    def excerpt(self) -> str:
        """The beginning of the answer as it is shown."""
        return self.body.decode(errors="replace").replace("\0", "\ufffd")[:EXCERPT]


@dataclass(frozen=True, slots=True)
class Call:
    """A callback that is due now, with what signs it."""

    change: StateChange
    project: Project
    carrier: str
    secrets: Any = field(repr=False)


class Turn:
    """A worker's turn: one event loop for the callbacks, and one thread that asks the database."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds
        # One thread, and so one database connection, however many callbacks are under way
        self._book = ThreadPoolExecutor(1, "callbacks")
        self._under_way: set[asyncio.Task[None]] = set()
        self._changed = 0

    async def run(self) -> int:
        """Do what is due until there is nothing, or the turn is over; return how many states changed."""
        try:
            while await self._begin_calls() or self._under_way:
                if self._under_way:
                    await asyncio.wait(
                        self._under_way, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
                    )
            return self._changed
        finally:
            for call in self._under_way:
                # not settled, so another worker makes the call when the claim has run out
                call.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._ask(_close_connection)
            self._book.shutdown()

    async def _begin_calls(self) -> bool:
        """Claim changes, enter their states and begin their callbacks; return whether there were any."""
        room = AT_ONCE - len(self._under_way)
        if monotonic() >= self._ends_at or room <= 0:
            return False
        changed, calls = await self._ask(_enter_states, room)
        self._changed += changed
        for call in calls:
            task = asyncio.create_task(self._call_back(call))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return changed > 0

    async def _call_back(self, call: Call) -> None:
        outcome = await _make_call(call)
        await self._ask(_settle, call.change, outcome)

    async def _ask(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        """Have the one thread that has a connection do something."""
        return await asyncio.get_running_loop().run_in_executor(self._book, work, *arguments)


def _close_connection() -> None:
    # looked up in the thread whose connection it is
    connection.close()


def call_due(seconds: float = TURN) -> int:
    """Have a turn; return how many states changed."""
    return asyncio.run(Turn(seconds).run())


def _enter_states(most: int) -> tuple[int, list[Call]]:
    """Claim changes and enter their states; return how many were claimed, and the callbacks to make."""
    # A message's states follow each other, also while an earlier callback hangs
    before = StateChange.objects.filter(message=OuterRef("message"), pk__lt=OuterRef("pk"), settled_at=None)
    waiting = StateChange.objects.filter(~Exists(before), settled_at=None)
    claimed = effects.claim(waiting, lambda _: _LOST_AFTER, most)
    entered = [change for change in claimed if _enter_state(change)]
    messages = CapturedMessage.objects.select_related("project").in_bulk([one.message_id for one in entered])
    projects = {message.project_id for message in messages.values()}
    credentials = {
        (one.project_id, one.carrier): one.sealed for one in Credential.objects.filter(project__in=projects)
    }
    calls = []
    for change in entered:
        # It may have been deleted since the claim
        if message := messages.get(change.message_id):
            secrets = credentials.get((message.project_id, message.carrier), {})
            calls.append(Call(change, message.project, message.carrier, secrets))
    return len(claimed), calls


@transaction.atomic
def _enter_state(change: StateChange) -> bool:
    """Change the message's state; return whether a callback is to be made.

    A message that has ended meanwhile, as by cancelling, stays as it is, and nobody is told.
    """
    if not effects.lock_if_newest(change) or change.settled_at:
        return False
    own = StateChange.objects.filter(pk=change.pk)
    if not _is_in_state(change):
        own.update(settled_at=Now(), note=ENDED)
        return False
    lost = change.call == StateChange.Call.LOST
    if lost or not change.url:
        own.update(settled_at=Now(), note=LOST if lost and change.url else "")
        return False
    return True


def _is_in_state(change: StateChange) -> bool:
    """Change the message's state; return whether it is in it, or was, where the call is only made again."""
    message = CapturedMessage.objects.filter(pk=change.message_id)
    if change.call == StateChange.Call.AGAIN:
        return message.exclude(state=CapturedMessage.State.CANCELED).exists()
    changes: dict[str, Any] = {"state": change.state, "updated_at": Now(), "error": change.error}
    if change.state == CapturedMessage.State.SENT:
        changes["sent_at"] = Now()
    unfinished = message.filter(state__in=CapturedMessage.UNFINISHED).exclude(state=change.state)
    # one whose worker was killed has entered it already
    return bool(unfinished.update(**changes)) or message.filter(state=change.state).exists()


async def _make_call(call: Call) -> Outcome:
    started = perf_counter()
    try:
        answer = await _post(call)
    except (RequestFailed, Unsealable, Unsupported) as error:
        return Outcome(note=str(error)[:200], ms=_milliseconds_since(started))
    except Exception as error:  # ours to mend; the program's other callbacks go on
        logger.exception("a callback could not be made")
        return Outcome(note=f"not called: {type(error).__name__}")
    content_type = answer.headers.get("content-type", "")
    return Outcome(answer.status, content_type, answer.body, ms=_milliseconds_since(started))


async def _post(call: Call) -> Answer:
    """The answer to a callback, noted as it was signed; raises `RequestFailed`, `Unsealable`, `Unsupported`."""
    change = call.change
    # A fragment is never sent, so it must not be signed either
    url = change.url.partition("#")[0]
    connections = Connections(_address_of(change, url), reach_of(call.project, url))
    try:
        request = _write_request(change, url)
        if isinstance(call.secrets, Unreadable):
            raise Unsealable(NO_KEY)
        signed = carriers.get(call.carrier).sign(request, call.secrets)
        # Before the call: what was sent is shown also where no answer comes
        change.headers = dict(signed.headers)
        if change.method == "GET":
            return await connections.get(change.headers, ANSWERED_WITHIN, replies.READ)
        change.body = signed.body.decode()
        return await connections.post(signed.body, change.headers, ANSWERED_WITHIN, replies.READ)
    finally:
        await connections.close()


def _address_of(change: StateChange, url: str) -> str:
    """Where a callback goes: that of a GET has its fields in it."""
    return f"{url}{'&' if '?' in url else '?'}{change.body}" if change.method == "GET" else url


def _write_request(change: StateChange, url: str) -> Request:
    """A callback before it is signed."""
    if change.method == "GET":
        return Request("GET", _address_of(change, url), {})
    return Request("POST", url, {"content-type": change.content_type}, change.body.encode())


def _milliseconds_since(started: float) -> int:
    return round((perf_counter() - started) * 1000)


@transaction.atomic
def _settle(change: StateChange, outcome: Outcome) -> None:
    """Write what became of a callback, and do what its answer asks, unless another worker has claimed it since."""
    if effects.lock_if_newest(StateChange(pk=change.pk, attempts=change.attempts)):
        note = outcome.note
        # What a program answers to a receipt means nothing to carriers
        if outcome.status and change.state == CapturedMessage.State.RECEIVED:
            mistakes = replies.carry_out(change, outcome.status, outcome.content_type, outcome.body)
            note = "; ".join(map(str, mistakes))[:200]
        StateChange.objects.filter(pk=change.pk).update(
            headers=change.headers,
            body=change.body,
            status=outcome.status,
            answer=outcome.excerpt,
            note=note,
            ms=outcome.ms,
            settled_at=Now(),
        )
        # the message is shown with its callbacks
        CapturedMessage.objects.filter(pk=change.message_id).update(updated_at=Now())
