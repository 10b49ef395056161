"""Operations of a made-up feature, to see what every operation gets."""

import asyncio
import threading
from collections.abc import AsyncIterator

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Status

from inbox.api import keys
from inbox.api.models import ApiKey
from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, not_found
from inbox.api.schemas import Input, Moment, Output
from inbox.api.scopes import Scope

NAME = "tests.inbox.api.sample.router"
router = Router()
gate = threading.Event()
gate.set()
ordering = threading.Event()
waiting: set[str] = set()
"""The names of operations that are under way."""


class ThingIn(Input):
    """What to make."""

    name: str
    count: int = 1
    at: Moment | None = None


class ThingOut(Output):
    """What was made, and by whom."""

    name: str
    owner: str
    count: int = 1
    at: Moment | None = None


@router.get("/things", response=ThingOut)
@needs(Scope.NUMBERS_READ, visitors=True)
def list_things(request: ApiRequest, country: str = "", limit: int = 10) -> ThingOut:
    """Visitors may ask, too."""
    return ThingOut(name=country, owner=request.principal.owner, count=limit)


@router.post("/things", response={201: ThingOut})
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND])
def make_thing(request: ApiRequest, thing: ThingIn) -> Status[ThingOut]:
    """In a thread, with the ORM."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Status(201, ThingOut(**thing.model_dump(), owner=request.principal.owner))


@router.delete("/empty", response={204: None})
@needs(None)
def delete_things(request: HttpRequest) -> Status[None]:
    """Without an answer."""
    return Status(204, None)


@router.post("/orders", response={201: ThingOut})
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND], once=True)
def order(request: ApiRequest, thing: ThingIn) -> Status[ThingOut]:
    """Makes an API key, as a row that can be counted; waits for `gate` if it is closed; fails as its name says."""
    keys.create(thing.name, [Scope.USAGE])
    ordering.set()
    assert gate.wait(30)
    if thing.name.startswith("missing"):
        raise not_found()
    if thing.name.startswith("broken"):
        raise RuntimeError
    return Status(201, ThingOut(name=thing.name, owner=request.principal.owner, count=ApiKey.objects.count()))


@router.get("/broken")
@needs(None)
def break_down(request: HttpRequest) -> None:
    """A bug."""
    raise RuntimeError("sk_secret")


@router.get("/wait", response=ThingOut)
@needs(Scope.MESSAGES_READ)
async def wait(request: ApiRequest, name: str, seconds: float) -> ThingOut:
    """On the event loop."""
    waiting.add(name)
    try:
        await asyncio.sleep(seconds)
    finally:
        waiting.discard(name)
    return ThingOut(name=name, owner=request.principal.owner)


@router.get("/stream")
@needs(None)
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Two parts, and then nothing for an hour."""

    async def parts() -> AsyncIterator[bytes]:
        waiting.add("stream")
        try:
            yield b"one "
            yield b"two"
            await asyncio.sleep(3600)
        finally:
            waiting.discard("stream")

    return StreamingHttpResponse(parts(), content_type="text/plain")
