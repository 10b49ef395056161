"""Files of messages in the API: fetched from their carriers for whoever may read them, never by a redirect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated, Any

from django.http import StreamingHttpResponse
from ninja import Path, Router

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, Problem, not_found
from inbox.api.scopes import Scope
from inbox.messages import files, queries, readable
from inbox.messages.files import FetchedFile
from tempsms.lib.outgoing_http import FetchFailed, FileGone, FileTooLarge
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.turns import NoTurn, Turns

router = Router(tags=["Messages"])

# of one key, and of all: a file may take half a minute, and ten megabytes of memory until its reader has it
_turns = PerLoop(lambda: Turns(2, 50, 30.0))
_places = PerLoop(lambda: Turns(6, 50, 30.0))
MessageId = Annotated[int, Path(ge=1, lt=10**18)]
Place = Annotated[int, Path(ge=0, lt=1000, description="Which of the message's files, from 0")]
FILE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file, as `Content-Type` says",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.get(
    "/rentals/{rental_id}/messages/{message_id}/media/{place}",
    operation_id="getRentalMessageMedia",
    summary="Fetch a file of a message",
    openapi_extra=FILE,
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND, Code.FILE_TOO_LARGE, Code.CARRIER_FAILED])
async def get_media(
    request: ApiRequest, rental_id: int, message_id: MessageId, place: Place
) -> StreamingHttpResponse:
    """A file of one of your rental's messages, as long as that runs; `place` counts from 0. Files have at most 10 MB.

    It is passed on as it comes from the sender: save it, and do not trust it.
    """
    held = await _take_places(request.principal.owner)
    try:
        inbox = await readable.find_of_rental_async(request.principal, rental_id)
        attachment = await queries.attachment(inbox, message_id, place) if inbox else None
        if attachment is None:
            raise not_found()
        file = await files.fetch(attachment)
        response = _make_response(file, file.name(message_id, place))
        response._resource_closers.append(held.pop_all().close)  # type: ignore[attr-defined]
        return response
    except FileGone:
        raise Problem(Code.NOT_FOUND, "the carrier no longer has it") from None
    except FileTooLarge:
        raise Problem(Code.FILE_TOO_LARGE) from None
    except FetchFailed:
        raise Problem(Code.CARRIER_FAILED) from None
    finally:
        held.close()


async def _take_places(name: str) -> ExitStack:
    """Places among the files of a key, and of all keys, to be given back; raises `Problem`."""
    with ExitStack() as held:
        for turns, who in ((_turns.get(), name), (_places.get(), "all")):
            try:
                await turns.take(who)
            except NoTurn:
                retry = {"Retry-After": "10"}
                raise Problem(Code.TOO_MANY_REQUESTS, "too many files at once", headers=retry) from None
            held.callback(turns.give_back, who)
        return held.pop_all()


def _make_response(file: FetchedFile, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_yield_pieces(file), content_type=file.content_type)
    response.headers["Content-Length"] = str(len(file.content))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _yield_pieces(file: FetchedFile) -> AsyncIterator[bytes]:
    for piece in file.pieces():
        yield piece
        await asyncio.sleep(0)
