"""`/capture/twilio/2010-04-01/Accounts/{Sid}/Messages...`: the official SDKs work with it, but for the address.

A message to a number of our pool that has a public page is in its inbox too, through the same ingest as a webhook's:
never to a rental or a private number, and the answer does not say which.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import orjson
from django.db import InterfaceError, OperationalError, connection

from inbox.api import threads
from inbox.api.problems import Code, Problem
from inbox.capture.twilio import changes, errors, lists
from inbox.capture.twilio.calls import Call, read_call
from inbox.capture.twilio.errors import TwilioError
from inbox.capture.twilio.resources import describe
from inbox.capture.twilio.sending import read_draft
from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded, Poisoned
from inbox.ingest.storable import Unstorable
from inbox.messages.flags import Flag
from inbox.sandbox import messages
from inbox.sandbox.messages import Draft
from inbox.sandbox.models import Project
from numbers.carriers.messages import Inbound, Media
from tempsms.lib import visitor
from tempsms.lib.asgi import Disconnected, Receive, Scope, Send, respond
from tempsms.lib.postgres import Unavailable

_ACCOUNT = r"/capture/twilio/2010-04-01/Accounts/(?P<sid>[^/]{1,64})"
_LIST = re.compile(rf"{_ACCOUNT}/Messages(\.json)?")
_MESSAGE = re.compile(rf"{_ACCOUNT}/Messages/(?P<ref>[A-Za-z0-9]{{1,64}}?)(\.json)?")
_POOL = "SELECT account_id FROM numbers_receiving WHERE e164 = %s AND has_public_page"
_Result = TypeVar("_Result")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the endpoint as an ASGI application."""
    try:
        status, answer = await _handle_request(scope, receive)
    except TwilioError as error:
        status, answer = error.status, error.answer
    except (Overloaded, Unavailable, OperationalError, InterfaceError):
        status, answer = 503, errors.unavailable().answer
    except Disconnected:
        return
    extra = [("retry-after", "5")] if status in (429, 503) else []
    extra += [("www-authenticate", 'Basic realm="Twilio API"')] if status == 401 else []
    body = b"" if answer is None else orjson.dumps(answer)
    await respond(send, status, body, "application/json" if body else "", extra)


async def _handle_request(scope: Scope, receive: Receive) -> tuple[int, dict[str, Any] | None]:
    path, method = scope["path"], scope["method"]
    whole, one = _LIST.fullmatch(path), _MESSAGE.fullmatch(path)
    found = whole or one
    if found is None:
        raise errors.not_found(path)
    if method not in (("GET", "POST") if whole else ("GET", "POST", "DELETE")):
        raise TwilioError(405, 20004, "Method not allowed")
    call = await read_call(scope, receive, found["sid"])
    name = f"capture {visitor.of_scope(scope)}"
    if whole and method == "POST":
        return 201, await _send_message(name, call)
    return await _run_in_turn(name, lambda: _answer_call(call, one["ref"] if one else ""))


def _answer_call(call: Call, ref: str) -> tuple[int, dict[str, Any] | None]:
    """Answer what reads, changes or deletes messages."""
    project = call.find_project()
    if not ref:
        return 200, lists.list_messages(call, project)
    if call.method == "GET":
        return 200, changes.fetch(call, project, ref)
    if call.method == "POST":
        return 200, changes.update(call, project, ref)
    changes.delete(call, project, ref)
    return 204, None


async def _send_message(name: str, call: Call) -> dict[str, Any]:
    project, draft, pool_account = await _run_in_turn(name, lambda: _check_message(call))
    if pool_account is not None and draft.due is None:
        await _store_in_inbox(pool_account, draft)
    return await _run_in_turn(name, lambda: describe(call.sid, messages.keep(project, draft)))


def _check_message(call: Call) -> tuple[Project, Draft, int | None]:
    """The message and its project; and the account that leases its recipient, if that has a public page."""
    project = call.find_project()
    draft = read_draft(call, project)
    with connection.cursor() as cursor:
        cursor.execute(_POOL, [draft.recipient])
        row = cursor.fetchone()
    return project, draft, row[0] if row else None


async def _store_in_inbox(account_id: int, draft: Draft) -> None:
    media = tuple(Media(url) for url in draft.media)
    message = Inbound(
        draft.ref, draft.sender, draft.recipient, draft.body, media=media, flags=(Flag.CAPTURED,)
    )
    try:
        # numbers with a public page only, also when one was rented out meanwhile
        await intake.accept(account_id, message, any_account=True)
    except (Unstorable, Poisoned) as error:
        raise errors.refuse(21619, f"The message body cannot be stored: {error}") from None


async def _run_in_turn(name: str, work: Callable[[], _Result]) -> _Result:
    """What work with the ORM returns, in turn with its visitor's other requests; raises `TwilioError`."""
    try:
        result = await threads.in_turn(name, work, asyncio.Future())
    except Problem as problem:
        if problem.code is Code.TOO_MANY_REQUESTS:
            raise TwilioError(429, 20429, "Too Many Requests") from None
        raise errors.unavailable() from None
    # None is for a client that has gone, which nobody waits for here
    return cast(_Result, result)
