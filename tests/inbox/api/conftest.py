"""Keys, and clients of the API."""

from collections.abc import AsyncIterator

import httpx
import pytest

from inbox.api import handler, keys
from inbox.api.mount import make_api
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from tempsms.lib import postgres
from tests.inbox.api import sample


@pytest.fixture
async def things(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API with the sample feature alone."""
    transport = httpx.ASGITransport(app=handler.ApiHandler(make_api([sample.NAME])))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000/api/v1") as client:
        yield client
    await postgres.close()


def bearer(text: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {text}"}


async def make_key(*scopes: Scope, name: str = "tests", **options: object) -> dict[str, str]:
    """The header with a new key."""
    found = await in_thread(lambda: keys.create(name, scopes or list(Scope), **options))  # type: ignore[arg-type]
    assert found
    return bearer(found[1])
