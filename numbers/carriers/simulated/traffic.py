"""The simulated carrier's traffic: writes messages to numbers that are owned, and delivers them until it succeeds.

A message is in the books before its first delivery and pending until a 2xx is noted there. Killed at any line, the
next run continues with it; at worst the receiver gets it again, with the same id.
"""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from secrets import token_hex

import httpx
import orjson

from numbers.carriers.errors import CarrierError
from numbers.carriers.simulated import texts
from numbers.carriers.simulated.books import Books, Pending
from numbers.carriers.simulated.webhooks import signature_header

logger = logging.getLogger(__name__)

WORKERS = 8
TIMEOUT = 10.0
_LOOK = 0.25  # seconds between looks for what is due


class Traffic:
    """Messages at `rate` a second (more or less evenly), delivered side by side."""

    def __init__(
        self, books: Books, rate: float, *, http: httpx.Client | None = None, rng: random.Random | None = None
    ) -> None:
        if not 0 < rate <= 1000:
            raise ValueError("the rate must be above 0 and at most 1000 messages per second")
        self.books = books
        self.rate = rate
        # Without the environment's proxies: the webhook is usually on this machine
        self._http = http or httpx.Client(timeout=TIMEOUT, trust_env=False)
        self._rng = rng or random.Random()  # noqa: S311
        self._stopped = False  # no Event: a signal handler must not take its lock
        self._free = threading.Semaphore(WORKERS)

    def stop(self) -> None:
        """Make `run` return, once what is being delivered has been settled."""
        self._stopped = True

    def run(self, count: int | None = None) -> None:
        """Write `count` messages and return when nothing is pending any more; without a count until `stop()`."""
        with ExitStack() as stack:
            stack.enter_context(self._http)
            pool = stack.enter_context(ThreadPoolExecutor(WORKERS))
            written, next_at = 0, time.monotonic()
            while not self._stopped:
                try:
                    if written != count and time.monotonic() >= next_at:
                        written += self.write()
                        # At most one second is caught up: after a pause there is no burst
                        next_at = max(next_at + self._random_pause(), time.monotonic() - 1)
                    self._deliver_due(pool)
                    if written == count and not self.books.states().get("pending"):
                        return
                except CarrierError as error:  # the disk is full, or the file is gone: a carrier carries on
                    logger.warning("%s", error)
                    time.sleep(1)
                until = _LOOK if written == count else next_at - time.monotonic()
                time.sleep(min(_LOOK, max(0.0, until)))

    def write(self) -> bool:
        """Write one message to a random number; False when nobody owns one."""
        receivers = self.books.receivers()
        if not receivers:
            time.sleep(1)
            return False
        to = self._rng.choice(receivers)
        ref, body = compose(to, self._rng)
        return self.books.write(ref, to, body, time.time())

    def deliver(self, message: Pending) -> None:
        """One attempt, and a note of how it went."""
        delivered, answer = self._post_message(message)
        self.books.settle(message, delivered=delivered, answer=answer, now=time.time())

    def _deliver_due(self, pool: ThreadPoolExecutor) -> None:
        free = 0
        # No more is claimed than can be delivered at once: a claim that waits in the pool would run out
        while free < WORKERS and self._free.acquire(blocking=False):
            free += 1
        messages = self.books.claim(time.time(), free) if free else []
        for message in messages:
            pool.submit(self._deliver_in_pool, message)
        if free > len(messages):
            self._free.release(free - len(messages))

    def _deliver_in_pool(self, message: Pending) -> None:
        try:
            self.deliver(message)
        except CarrierError as error:  # not noted, so it will be claimed again
            logger.warning("%s", error)
        finally:
            self._free.release()

    def _post_message(self, message: Pending) -> tuple[bool, str]:
        headers = {"Content-Type": "application/json"}
        headers |= signature_header(message.signing_key, int(time.time()), message.body)
        try:
            response = self._http.post(message.webhook_url, content=message.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return False, type(error).__name__
        return response.is_success, str(response.status_code)

    def _random_pause(self) -> float:
        return self._rng.uniform(0.5, 1.5) / self.rate


def compose(to: str, rng: random.Random) -> tuple[str, bytes]:
    """A random message to this number: its id, and the webhook's body."""
    sender, text = texts.compose(rng)
    ref = f"SX{token_hex(16)}"
    payload = {
        "id": ref,
        "from": sender,
        "to": to,
        "text": text,
        "segments": texts.segments(text),
        "sent_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    return ref, orjson.dumps(payload)
