"""Captured messages in the API, and messages to the program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from ninja import Path, Query, Router, Status

from inbox.api import authentication
from inbox.api.operations import ApiRequest, needs
from inbox.api.pagination import page
from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem, invalid, not_found
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.live import slots, sse
from inbox.live.api import name_of, read_filter
from inbox.sandbox import inbound, projects, services
from inbox.sandbox.api_schemas import (
    CapturedList,
    CapturedOut,
    CapturedWait,
    DeletedOut,
    InboundIn,
    MessageFilter,
    MessagePageFilter,
    WaitFilter,
)
from inbox.sandbox.models import CapturedMessage, Project
from inbox.sandbox.resource import as_resource, readable, resources
from inbox.sandbox.streams import EventStream
from inbox.sandbox.waits import Wanted, wait
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Media

router = Router(tags=["Sandbox"])
MessageId = Annotated[int, Path(ge=1, lt=2**63)]
ProjectName = Annotated[
    str, Query(max_length=40, description="The project; without it, the key's or `default`")
]


@router.get(
    "/sandbox/messages",
    response=CapturedList,
    by_alias=True,
    operation_id="listCapturedMessages",
    summary="List captured messages",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def list_messages(request: ApiRequest, wanted: Annotated[MessagePageFilter, Query()]) -> dict[str, Any]:
    """What the programs of a project sent and received, newest first."""
    rows = readable(_filter_messages(request.principal, wanted))
    found, next_cursor = page(rows, wanted.cursor, wanted.limit, newest_first=True)
    return {"messages": resources(found), "next_cursor": next_cursor}


@router.delete(
    "/sandbox/messages",
    response=DeletedOut,
    operation_id="deleteCapturedMessages",
    summary="Delete captured messages",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def delete_messages(request: ApiRequest, wanted: Annotated[MessageFilter, Query()]) -> dict[str, int]:
    """All messages of a project, or those that match. Callbacks that are still to come are not made."""
    _, deleted = _filter_messages(request.principal, wanted).delete()
    # Django counts what is deleted with the messages, too
    return {"deleted": deleted.get(CapturedMessage._meta.label, 0)}


@router.get(
    "/sandbox/messages/wait",
    response=CapturedWait,
    by_alias=True,
    operation_id="waitForCapturedMessage",
    summary="Wait for a captured message",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
async def wait_for_message(request: ApiRequest, wanted: Annotated[WaitFilter, Query()]) -> dict[str, Any]:
    """Answers as soon as a message matches, at once if it is there already, and with null when the time is over.

    Without `after` the newest message that matches counts. Give the newest id that you know, or delete all messages
    first, to wait for one that is yet to come.
    """
    matching = Wanted(read_filter(wanted.sender, wanted.match, wanted.require), wanted.to.strip())
    project = await _find_project_async(request.principal, wanted.project)
    async with _slot(request):
        message, seen = await wait(project.pk, matching, wanted.after, wanted.timeout)
    return {"message": message, "seen": seen}


@router.get(
    "/sandbox/messages/stream", operation_id="streamCapturedMessages", summary="Follow captured messages"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
async def stream_messages(request: ApiRequest, project: ProjectName = "") -> StreamingHttpResponse:
    """Server-sent events: `message` has a message as data, and its id as the event's; again whenever it changes."""
    found = await _find_project_async(request.principal, project)
    headers, principal, name = request.headers, request.principal, name_of(request)
    if not slots.take(name):
        raise _no_slot()

    async def is_allowed() -> bool:
        return await authentication.holds(headers, principal)

    events = EventStream(found.pk, is_allowed, lambda: slots.give_back(name))
    response = StreamingHttpResponse(events)
    # So it is closed with the response, also if nobody has read it to its end
    response._resource_closers.append(events.close)  # type: ignore[attr-defined]
    for header, value in sse.HEADERS.items():
        response.headers[header] = value
    return response


@router.get(
    "/sandbox/messages/{message_id}",
    response=CapturedOut,
    by_alias=True,
    operation_id="getCapturedMessage",
    summary="Read a captured message",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def get_message(request: ApiRequest, message_id: MessageId) -> dict[str, Any]:
    """A message with what its program asked, and the callbacks."""
    message = readable(_list_visible(request.principal)).filter(pk=message_id).first()
    if message is None:
        raise not_found()
    return as_resource(message)


@router.delete(
    "/sandbox/messages/{message_id}",
    response={204: None},
    operation_id="deleteCapturedMessage",
    summary="Delete a captured message",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def delete_message(request: ApiRequest, message_id: MessageId) -> Status[None]:
    """Whatever its state; callbacks that are still to come are not made."""
    if not _list_visible(request.principal).filter(pk=message_id).delete()[0]:
        raise not_found()
    return Status(204, None)


@router.post(
    "/sandbox/inbound",
    response={201: CapturedOut},
    by_alias=True,
    operation_id="sendToProgram",
    summary="Send a message to your program",
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND], once=True)
def send_inbound(request: ApiRequest, message: InboundIn) -> Status[dict[str, Any]]:
    """As its carrier would pass on a message of a phone: signed, with the carrier's own fields.

    What the program answered is in the message's `callbacks`, within a second or so.
    """
    project = projects.find_for(request.principal.project, message.project)
    if project is None:
        raise not_found()
    url = message.url or services.find_inbound_url(project, message.carrier, message.to)
    if not url:
        raise invalid("url", "is required: the number has none of its own")
    files = [Media(file.url, file.content_type) for file in message.media]
    try:
        kept = inbound.send(project, message.carrier, message.sender, message.to, message.body, url, files)
    except Unsupported as error:
        # it is the files that the carrier does not pass on, or messages at all
        raise invalid("media" if files else "carrier", str(error)) from None
    return Status(201, as_resource(readable(CapturedMessage.objects.filter(pk=kept.pk)).get()))


def _list_visible(principal: Principal) -> "QuerySet[CapturedMessage]":
    """The messages that exist for a key: those of its project, if it is limited to one."""
    found = CapturedMessage.objects.all()
    return found.filter(project__name=principal.project) if principal.project else found


def _filter_messages(principal: Principal, wanted: MessageFilter) -> "QuerySet[CapturedMessage]":
    """The messages that are meant; raises `Problem` where there is no such project."""
    project = projects.find_for(principal.project, wanted.project)
    if project is None:
        raise not_found()
    given = {
        "sender__iexact": wanted.sender.strip(),
        "recipient__iexact": wanted.to.strip(),
        "carrier": wanted.carrier,
        "has_code": wanted.require == "code",
    }
    return CapturedMessage.objects.filter(
        project=project, **{name: value for name, value in given.items() if value}
    )


async def _find_project_async(principal: Principal, name: str) -> Project:
    project = await in_thread(lambda: projects.find_for(principal.project, name))
    if project is None:
        raise not_found()
    return project


@asynccontextmanager
async def _slot(request: ApiRequest) -> AsyncIterator[None]:
    """A slot for one who waits."""
    name = name_of(request)
    if not slots.take(name):
        raise _no_slot()
    try:
        yield
    finally:
        slots.give_back(name)


def _no_slot() -> Problem:
    """The answer to one wait too many."""
    return Problem(
        Code.TOO_MANY_REQUESTS, "too many waits and streams are open", headers={"Retry-After": "30"}
    )
