"""Files of messages by the API: for whose rental it is, as long as it runs, and never by the carrier's address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from inbox.api import handler
from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from inbox.forwarding.content import Content
from inbox.forwarding.models import Delivery
from inbox.messages import files_api
from inbox.messages.inboxes import Inbox
from inbox.messages.resource import as_resource
from numbers import rentals
from numbers.models import Rental
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.turns import Turns
from tests.far_side import PNG, FarSide, answer, redirect
from tests.inbox.api.conftest import make_key
from tests.inbox.api.renting import do
from tests.inbox.api.test_operations import problem
from tests.inbox.messages.test_resource import whole
from tests.inbox.pages.media.conftest import far, lease, rental
from tests.inbox.pages.media.files import CDN, FILE, TWILIO_LOGIN, receive

__all__ = ["far", "lease", "rental"]
PHONE = "content://phone/2"


async def take_over(rental: Rental) -> dict[str, str]:
    """A key whose rental it is."""
    key = await make_key(Scope.MESSAGES_READ, name="mine")
    owner = await do(lambda: f"key:{ApiKey.objects.get(name='mine').pk}")
    await do(lambda: Rental.objects.filter(pk=rental.pk).update(owner=owner))
    return key


async def test_who_rents_the_number_has_its_files(
    site: httpx.AsyncClient, far: FarSide, rental: Rental
) -> None:
    key = await take_over(rental)
    message = await do(lambda: receive(rental, FILE, PHONE))
    far.answers = {FILE: redirect(CDN), CDN: answer(PNG, content_type="image/png", set_cookie="a=b")}
    (listed,) = (await site.get(f"/api/v1/rentals/{rental.pk}/messages", headers=key)).json()["messages"]
    first, second = listed["media"]
    path = f"/api/v1/rentals/{rental.pk}/messages/{message.pk}/media/0"
    assert (urlsplit(first["url"]).path, second["url"]) == (path, None)
    got = await site.get(path, headers=key)
    assert (got.status_code, got.content) == (200, PNG)
    assert [login.get("authorization") for _, login in far.asked] == [TWILIO_LOGIN, None]
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"] == f'attachment; filename="message-{message.pk}-1.png"'
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["content-length"] == str(len(PNG))
    assert "twilio" not in str(got.headers)
    assert problem(await site.get(path[:-1] + "1", headers=key)) == (404, "not_found")
    assert problem(await site.get(path[:-1] + "2", headers=key)) == (404, "not_found")
    assert problem(await site.get(path[:-1] + "x", headers=key)) == (422, "invalid_request")


async def test_nobody_else_has_them_and_nobody_after_the_end(
    site: httpx.AsyncClient, far: FarSide, rental: Rental
) -> None:
    key = await take_over(rental)
    other = await make_key(*Scope, name="other")
    message = await do(lambda: receive(rental, FILE))
    path = f"/api/v1/rentals/{rental.pk}/messages/{message.pk}/media/0"
    assert problem(await site.get(path, headers=other)) == (404, "not_found")
    assert problem(await site.get(path)) == (401, "unauthenticated")
    await do(lambda: rentals.end(Rental.objects.get(pk=rental.pk)))
    assert problem(await site.get(path, headers=key)) == (404, "not_found")
    assert far.asked == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (answer(b"secret", status="410 Gone"), (404, "not_found")),
        (answer(b"secret", status="500 Oops"), (502, "carrier_failed")),
        (answer(b"x" * 10_000_001), (413, "file_too_large")),
    ],
)
async def test_what_a_carrier_does_not_give_is_said_in_our_words(
    site: httpx.AsyncClient, far: FarSide, rental: Rental, found: Any, expected: tuple[int, str]
) -> None:
    key = await take_over(rental)
    message = await do(lambda: receive(rental, FILE))
    far.answers = {FILE: found}
    got = await site.get(f"/api/v1/rentals/{rental.pk}/messages/{message.pk}/media/0", headers=key)
    assert problem(got) == expected
    assert "secret" not in got.text


async def test_a_file_that_is_not_read_is_let_go(
    site: httpx.AsyncClient, far: FarSide, rental: Rental, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "READ_WITHIN", 0.0)
    key = await take_over(rental)
    message = await do(lambda: receive(rental, FILE))
    far.answers = {FILE: answer(b"x" * 1_000_000)}
    with pytest.raises(AssertionError):  # httpx: the answer has not ended
        await site.get(f"/api/v1/rentals/{rental.pk}/messages/{message.pk}/media/0", headers=key)


async def test_a_forward_names_files_of_a_rental_only(rental: Rental) -> None:
    files = [{"url": FILE, "content_type": "image/png"}]
    inbox = Inbox(rental.number_id, "+15005550006", rental.pk)
    payload = Content(whole(media=files).for_holder(), inbox=inbox).payload(
        Delivery(rule_id=1), whole().received_at
    )
    (file,) = orjson.loads(payload)["data"]["message"]["media"]
    assert file["url"].endswith(f"/rentals/{rental.pk}/messages/12/media/0")
    assert as_resource(whole(media=files).for_holder().as_json())["media"][0]["url"] is None


async def test_of_one_key_two_files_at_once_are_held(
    site: httpx.AsyncClient, far: FarSide, rental: Rental, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_api, "_turns", PerLoop(lambda: Turns(2, 0, 1.0)))
    key = await take_over(rental)
    message = await do(lambda: receive(rental, FILE))
    path = f"/rentals/{rental.pk}/messages/{message.pk}/media/0"
    far.answers = {FILE: answer(b"x" * 300_000)}
    async with AsyncExitStack() as read:
        for _ in range(2):
            await read.enter_async_context(slowly(path, key))
        assert problem(await site.get(f"/api/v1{path}", headers=key)) == (429, "too_many_requests")
    assert (await site.get(f"/api/v1{path}", headers=key)).status_code == 200


@asynccontextmanager
async def slowly(path: str, key: dict[str, str]) -> AsyncIterator[None]:
    """A reader who has the head of an answer, and takes the rest in the end."""
    from tempsms.asgi import application

    asked, begun, read = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if asked.is_set():
            await asyncio.Event().wait()
        asked.set()
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        begun.set()
        await read.wait()

    headers = [(name.lower().encode(), value.encode()) for name, value in key.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1{path}",
        "query_string": b"",
        "headers": [*headers, (b"host", b"127.0.0.1:8000")],
        "client": ["127.0.0.1", 1],
        "http_version": "1.1",
        "scheme": "http",
    }
    asking = asyncio.ensure_future(application(scope, receive, send))
    await begun.wait()
    yield
    read.set()
    await asking
