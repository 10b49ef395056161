"""Deliveries to chat apps, by Apprise (https://appriseit.com), to the kinds that the operator allows.

Apprise asks with `requests`, whose sessions are made here: those of microsoft-antissrf connect to public hosts only, to
the address that was checked, and follow no redirect. This process uses `requests` for nothing else.
"""

import asyncio
import logging
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from inbox.forwarding.content import Content
from inbox.forwarding.models import Delivery
from inbox.forwarding.retries import Reply

LONGEST_ADDRESS = 1000
ANSWERED_WITHIN = 20.0  # seconds; Apprise itself waits 4 for a connection and 4 for an answer
READ, BODY_WITHIN = 16_384, 2.0
"""Bytes of an answer's body that are read, and seconds for which it is."""
MOST, MOST_OF_ONE = 32, 8
"""Threads that post to chats, in this process; and of one owner's targets, so that nobody has them all."""
# Others name files of ours (`template`), or headers and methods of requests
_PARAMETERS = {
    "to",
    "channel",
    "thread",
    "topic",
    "format",
    "overflow",
    "image",
    "footer",
    "avatar",
    "mode",
    "bot",
}
_KIND = re.compile(r"([a-z][a-z0-9]{1,20})://", re.IGNORECASE)


def check_address(address: str) -> str:
    """The kind of an Apprise address; raises `ValueError` where nothing may be sent."""
    kind = _KIND.match(address)
    if kind is None or len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise ValueError("not an address of a chat app (example: slack://token/channel)")
    name = kind[1].lower()
    if name not in settings.FORWARD_CHAT_KINDS:
        allowed = ", ".join(settings.FORWARD_CHAT_KINDS) or "none (set FORWARD_CHAT_KINDS)"
        raise ValueError(f"{name} is not allowed here; allowed: {allowed}")
    query = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    if wrong := sorted({key for key, _ in query} - _PARAMETERS):
        raise ValueError(f"the parameter {wrong[0][:20]!r} is not allowed")
    if _make_service(address) is None:
        raise ValueError(f"not a valid {name} address")
    return f"{name}://…"


class ChatSender:
    """Posts to one chat."""

    def __init__(self, address: str, owner: str) -> None:
        self._address = address
        self._owner = owner

    async def send(self, delivery: Delivery, content: Content) -> Reply:
        """Post a delivery; what became of it."""
        try:
            check_address(self._address)
        except ValueError as error:
            # the operator's list has changed since
            return Reply(ok=False, note=str(error)[:200])
        view = content.view
        assert view
        title = f"SMS from {view.sender} to {view.number}"
        body = f"{view.body}\n\nCode: {view.code.value}" if view.code else view.body
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                while not _slots.take(self._owner):  # noqa: ASYNC110  (threads of any loop give them back)
                    await asyncio.sleep(0.1)
                done = await _run_in_thread(self._owner, lambda: _post_text(self._address, title, body))
        except TimeoutError:
            return Reply(ok=False, note=f"no answer within {ANSWERED_WITHIN:g} seconds")
        return Reply(ok=done, status=200 if done else 0, note="" if done else "the service did not take it")

    async def close(self) -> None:
        """Nothing is kept open."""


class _Slots:
    """Slots for threads, counted by owner."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, owner: str) -> bool:
        """Take a slot; return whether there was one."""
        with self._lock:
            free = self._taken.total() < MOST and self._taken[owner] < MOST_OF_ONE
            self._taken[owner] += free
            return free

    def give_back(self, owner: str) -> None:
        """Give a slot back."""
        with self._lock:
            self._taken[owner] -= 1
            self._taken = +self._taken


_slots = _Slots()


def _run_in_thread(owner: str, work: Callable[[], bool]) -> "asyncio.Future[bool]":
    """The result of work in a thread of its own, which gives back its owner's slot when it ends.

    A daemon: a server that sends its headers one by one holds it for as long as it likes, and must not hold the end
    of the process.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    def settle(done: bool) -> None:
        if not future.done():
            future.set_result(done)

    def run() -> None:
        done = False
        try:
            done = work()
        finally:
            _slots.give_back(owner)
            # the turn may be over, and its loop closed
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, done)

    try:
        threading.Thread(target=run, name="chat", daemon=True).start()
    except RuntimeError:  # the system has no threads left
        _slots.give_back(owner)
        raise
    return future


@cache
def load_apprise() -> Any:
    """Apprise, with sessions that reach public hosts only."""
    # they take 0.3 s, and only what sends or checks a chat's address needs them
    import apprise
    import requests

    # its log has addresses, and with them tokens
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    # `requests.post` makes a session of this class for each call, and so do plugins
    requests.sessions.Session = requests.Session = _make_session_class()  # type: ignore[misc]
    return apprise


def _make_session_class() -> Any:
    """A class of sessions that connect to public hosts only, over https, and follow no redirect."""
    base: Any = type(_make_policy().get_antissrf_session())

    class PublicSession(base):  # type: ignore[misc]
        """A session for addresses that users choose."""

        def __init__(self) -> None:
            super().__init__(_make_policy())
            self.max_redirects = 0
            # no proxy, and no .netrc
            self.trust_env = False

        def request(self, *arguments: Any, **named: Any) -> Any:
            """The answer, with the beginning of its body: plugins read all of it, whatever its length."""
            response = super().request(*arguments, **{**named, "stream": True})
            body, deadline = bytearray(), monotonic() + BODY_WITHIN
            try:
                # byte by byte, as a longer piece is waited for
                for piece in response.iter_content(1):
                    body += piece
                    if len(body) >= READ or monotonic() > deadline:
                        break
            finally:
                response.close()
            response._content, response._content_consumed = bytes(body), True
            return response

    return PublicSession


def _make_policy() -> Any:
    """What the operator allows."""
    from AntiSSRF import AntiSSRFPolicy, PolicyConfigOptions

    policy = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    policy.add_xff_header = False
    policy.allow_plain_text_http = settings.FORWARD_HTTP
    if networks := [str(network) for network in settings.FORWARD_NETWORKS]:
        policy.add_allowed_addresses(networks)
    return policy


def _make_service(address: str) -> Any:
    """Apprise's object for an address; None where it is not valid, or not asked over HTTP."""
    apprise = load_apprise()
    asset = apprise.AppriseAsset(
        storage_mode=apprise.PersistentStoreMode.MEMORY, secure_logging=True, http_redirects=False
    )
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    # Only what asks with requests is held to public hosts
    module = sys.modules.get(type(service).__module__)
    if service is None or not hasattr(module, "requests") or hasattr(module, "socket"):
        return None
    return service


def _post_text(address: str, title: str, body: str) -> bool:
    service = _make_service(address)
    if service is None:
        return False
    try:
        return bool(service.notify(body=body, title=title, body_format="text"))
    # plugins raise anything, and the text may have the address in it
    except Exception as error:
        logging.getLogger(__name__).warning("a chat app's plugin failed: %s", type(error).__name__)
        return False
