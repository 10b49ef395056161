"""Files of messages on private pages: an ASGI endpoint in front of Django, which asks the carrier for them.

`GET /r/<token>/messages/<id>/media/<place>/`, places counted from 0. Who may read the message may have its files, as
long as he may read it. Nothing is kept here, and no thread and no database connection waits for a carrier.

404  no such file, or not for whoever asks        405  not a GET
404  the carrier no longer has it                 413  larger than 10 MB
502  the carrier does not give it                 503  our own fault, with Retry-After
"""

import asyncio
import logging
import re

from inbox.live.access import find_rental
from inbox.messages import files, queries
from inbox.messages.files import FetchedFile, FileWithheld
from inbox.messages.queries import Attachment
from tempsms.lib.asgi import Receive, Scope, Send, respond, wait_until_gone
from tempsms.lib.outgoing_http import FetchFailed, FileGone, FileTooLarge
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

_PATH = re.compile(r"/r/([^/]+)/messages/([0-9]{1,18})/media/([0-9]{1,3})/")

# a stranger chose the bytes: they are saved, never shown as a page of ours, and not cached on the way
_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("cache-control", "private, no-store"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
)


def serves(path: str) -> bool:
    """Whether the path is that of a file."""
    return _PATH.fullmatch(path) is not None


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the endpoint, for paths that it `serves`."""
    found = _PATH.fullmatch(scope["path"])
    if found is None:
        await _send_refusal(send, 404, "not found")
        return
    if scope["method"] != "GET":
        await _send_refusal(send, 405, "method not allowed", (("allow", "GET"),))
        return
    token, message_id, place = found[1], int(found[2]), int(found[3])
    try:
        attachment = await _find_file(token, message_id, place)
    except Unavailable:
        await _send_refusal(send, 503, "try again", (("retry-after", "10"),))
        return
    if attachment is None:
        await _send_refusal(send, 404, "not found")
        return
    await _fetch_and_send(attachment, message_id, place, receive, send)


async def _find_file(token: str, message_id: int, place: int) -> Attachment | None:
    """Return the file, if a link with this token shows it now."""
    grant = await find_rental(token)
    # The connection is back in its pool before the carrier is asked
    return await queries.attachment(grant.inbox, message_id, place) if grant else None


async def _fetch_and_send(
    attachment: Attachment, message_id: int, place: int, receive: Receive, send: Send
) -> None:
    """Fetch a file and send it, unless its reader disconnects before that."""
    fetch = asyncio.ensure_future(files.fetch(attachment))
    # Whoever leaves ends the fetch too: only six run at once in a process
    leaving = asyncio.ensure_future(wait_until_gone(receive))
    try:
        await asyncio.wait((fetch, leaving), return_when=asyncio.FIRST_COMPLETED)
        if fetch.done():
            await _send_result(fetch, message_id, place, send)
    finally:
        leaving.cancel()
        fetch.cancel()
        await asyncio.gather(fetch, leaving, return_exceptions=True)


async def _send_result(fetch: asyncio.Future[FetchedFile], message_id: int, place: int, send: Send) -> None:
    """Send the file, or an error in our own words, as the carrier's may contain its address."""
    try:
        file = fetch.result()
    except FileWithheld:
        await _send_refusal(send, 404, "not found")
    except FileGone:
        await _send_refusal(send, 404, "the carrier no longer has this file")
    except FileTooLarge:
        await _send_refusal(send, 413, "this file is larger than 10 MB")
    except FetchFailed:
        await _send_refusal(send, 502, "the carrier did not hand out this file: try again later")
    else:
        try:
            async with asyncio.timeout(files.READ_WITHIN):
                await _send_file(file, file.name(message_id, place), send)
        except TimeoutError:  # half an answer: servers close its connection
            logger.info("a client did not read a file within %g s", files.READ_WITHIN)


async def _send_file(file: FetchedFile, file_name: str, send: Send) -> None:
    """Send a file in pieces, as fast as its reader takes it."""
    headers = [
        ("content-type", file.content_type),
        ("content-length", str(len(file.content))),
        ("content-disposition", f'attachment; filename="{file_name}"'),
        *_HEADERS,
    ]
    raw = [(key.encode(), value.encode()) for key, value in headers]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    for piece in file.pieces():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _send_refusal(send: Send, status: int, text: str, extra: tuple[tuple[str, str], ...] = ()) -> None:
    await respond(send, status, f"{text}\n".encode(), "text/plain; charset=utf-8", (*_HEADERS, *extra))
