"""The carriers' webhooks: an ASGI endpoint in front of Django.

404  no such account        405  neither GET nor POST     408  a body that does not come
413  too large              415  a compressed body
403  a bad signature (not stored; counted, and reported to operators)
503  our own fault (a clock that was set, for instance), with Retry-After: the carrier retries
2xx  what the carrier expects, once the message (or the raw request, if we cannot place it) is on disk
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from urllib.parse import quote

from inbox.ingest import accounts, intake, multipart, refusals, unprocessed_requests
from inbox.ingest.batcher import Overloaded, Poisoned, in_slices
from inbox.ingest.rows import Outcome
from inbox.ingest.storable import Unstorable, storable
from inbox.models import Quarantined
from inbox.sending import receipts
from numbers import carriers
from numbers.carriers.contract import Carrier, Purpose, Request
from numbers.carriers.messages import Inbound, Receipt
from numbers.carriers.toolkit import addresses
from tempsms.lib import clock, metrics
from tempsms.lib.asgi import (
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    TooSlow,
    headers_of,
    read_body,
    respond,
)
from tempsms.lib.postgres import Unavailable
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)
Reason = Quarantined.Reason
Problem = tuple[Quarantined.Reason, str]
NOT_WHOLE = "stored without what cannot be: NUL characters, lone surrogates, names or ids too long, more than 32 files"
RETRY_AFTER = (("retry-after", "5"),)
# RFC 9110 8.4.1 and the IANA registry; anything else in the header (a charset, "identity", nothing) codes no bytes
_CODINGS = frozenset(
    {"aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "x-compress"}
    | {"x-gzip", "zstd"}
)
_PROBLEMS = (Overloaded, Unavailable, carriers.CannotVerify, Unsealable)


class WebhookRejected(Exception):
    """Ends the request with a status; `why` is its body, and labels the metric."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/webhooks/<carrier>/<account key>/[status/]`, with any number of slashes between and behind."""
    steps = [step for step in scope["path"].split("/") if step]  # webhooks, carrier, key[, status]
    name = steps[1] if len(steps) > 1 and steps[1] in carriers.names() else "unknown"
    try:
        answer = await _handle_request(scope, receive, steps, name)
    except WebhookRejected as rejected:
        metrics.webhooks(name, rejected.why).inc()
        await respond(send, rejected.status, f"{rejected.why}\n".encode(), "text/plain")
    except _PROBLEMS as problem:
        metrics.webhooks(name, "unavailable").inc()
        logger.warning("webhook of %s answered 503: %s", name, type(problem).__name__)
        await respond(send, 503, b"try again\n", "text/plain", RETRY_AFTER)
    except Disconnected:
        metrics.webhooks(name, "disconnected").inc()
    else:
        await respond(send, answer.status, answer.body, answer.content_type)


async def _handle_request(scope: Scope, receive: Receive, steps: list[str], name: str) -> carriers.Answer:
    purpose = _read_purpose(steps)
    if name == "unknown" or purpose is None:
        raise WebhookRejected(404, "no such webhook")
    if scope["method"] not in ("POST", "GET"):
        raise WebhookRejected(405, "method not allowed")
    headers = headers_of(scope)
    if _is_coded(headers.get("content-encoding", "")):
        raise WebhookRejected(415, "compressed body")
    account = await accounts.by_key(name, steps[2])
    if account is None:
        raise WebhookRejected(404, "no such webhook")
    try:
        body = await read_body(receive, headers, carriers.get(name).body_limit)
    except TooLarge:
        raise WebhookRejected(413, "body too large") from None
    except TooSlow:
        raise WebhookRejected(408, "body too slow") from None
    request = Request(scope["method"], _called_address(scope, account), headers, body)
    return await _accept_request(account, purpose, request)


def _read_purpose(steps: list[str]) -> Purpose | None:
    if len(steps) == 3:
        return "inbound"
    return "status" if len(steps) == 4 and steps[3] == "status" else None


def _is_coded(content_encoding: str) -> bool:
    return any(token.strip().lower() in _CODINGS for token in content_encoding.split(","))


def _called_address(scope: Scope, account: accounts.WebhookAccount) -> str:
    """The public address as the carrier called it: an operator may have typed it without its last slash.

    The host is ours, whatever the request says. Behind a proxy that takes a prefix off, the prefix is put back.
    """
    ours, _, _ = addresses.normalise(account.webhook_url).rpartition("/webhooks/")
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope["query_string"].decode("latin-1")
    return ours + path.decode("latin-1") + (f"?{query}" if query else "")


async def _accept_request(
    account: accounts.WebhookAccount, purpose: Purpose, request: Request
) -> carriers.Answer:
    """Verify, parse and store; return the carrier's answer once everything is on disk."""
    started = time.perf_counter()
    carrier = carriers.get(account.carrier)
    try:
        if carrier.verify_blocks:
            await asyncio.to_thread(carrier.verify, request, account.secrets, time.time())
        else:
            carrier.verify(request, account.secrets, time.time())
    except carriers.BadSignature as error:
        if (
            str(error) == "clock" and clock.was_set()
        ):  # whose clock is wrong is unknown: the carrier should retry
            raise carriers.CannotVerify("our own clock was set") from error
        refusals.note(account.id, account.carrier, str(error))
        raise WebhookRejected(403, "bad signature") from error
    events, problems = await _parse_request(carrier, request)
    told = [event for event in events if isinstance(event, Receipt)]
    metrics.webhooks(carrier.name, "receipt").inc(len(told))
    messages = [event for event in events if isinstance(event, Inbound)]
    for some in in_slices(messages):
        problems += [problem for problem in await _store_messages(account, some) if problem]
    # behind the messages, which no trouble with a receipt may keep from being stored
    if told:
        await receipts.note(account.id, told)
    if problems:  # once for a whole batch: sealing takes time
        reason, detail = problems[0]
        await unprocessed_requests.keep(carrier, account.id, request, purpose, reason, detail)
    metrics.INGEST_SECONDS.observe(time.perf_counter() - started)
    return carrier.answer(purpose)


async def _parse_request(carrier: Carrier, request: Request) -> tuple[list[Inbound | Receipt], list[Problem]]:
    """Parse the request; return its events, and why it must be kept raw as well. Handshakes are confirmed."""
    try:
        if carrier.verify_blocks and await asyncio.to_thread(carrier.confirm, request):
            metrics.webhooks(carrier.name, "confirmed").inc()
            return [], []
        return carrier.parse(request), []
    except carriers.CannotVerify:
        raise
    except carriers.Unparsable as error:
        detail, readable = str(error), list(error.readable)
    except Exception as error:  # a fault of our adapter: the carrier must not lose its message by it
        logger.exception("the %s adapter failed on a signed request", carrier.name)
        detail, readable = f"bug in the adapter: {type(error).__name__}", []
    metrics.webhooks(carrier.name, "unparsable").inc()
    return readable, [(Reason.UNPARSABLE, detail)]


async def _store_messages(
    account: accounts.WebhookAccount, messages: list[Inbound]
) -> Sequence[Problem | None]:
    """Store messages in one batch; a single one, as nearly always, without a task of its own."""
    if len(messages) == 1:
        return [await _store_message(account, messages[0])]
    return await asyncio.gather(*(_store_message(account, message) for message in messages))


async def _store_message(account: accounts.WebhookAccount, message: Inbound) -> Problem | None:
    """Store a message or a part; return why its request has to be kept raw, if it has to."""
    problem: Problem | None = None
    try:
        fit = storable(message)
        result = await (multipart if fit.part else intake).accept(account.id, fit)
        label = result.outcome.value
        if result.outcome is Outcome.UNKNOWN_NUMBER:
            problem = Reason.UNKNOWN_NUMBER, ""
        elif fit is not message:
            label, problem = "stored in part", (Reason.UNSTORABLE, NOT_WHOLE)
    except (Unstorable, Poisoned) as error:
        label, problem = "unstorable", (Reason.UNSTORABLE, str(error))
    metrics.webhooks(account.carrier, label).inc()
    return problem
