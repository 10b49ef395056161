"""Fixtures for all tests."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def forget_accounts() -> Iterator[None]:
    """Accounts are remembered for seconds; each test has its own."""
    from inbox.ingest import accounts, refusals

    accounts.forget()
    refusals.forget()
    yield


@pytest.fixture
def fresh_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each page anew; whoever tests the memory overrides this."""
    from tempsms.lib import page_memory

    monkeypatch.setattr(page_memory, "HOLD", 0.0)


@pytest.fixture
async def site(transactional_db: None, fresh_pages: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole ASGI application, in this process, on a database that commits."""
    from tempsms.asgi import PARTS, application

    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client
    for part in PARTS:
        await part.close()


@pytest.fixture
def sql(transactional_db: None) -> Iterator[Sql]:
    """Ask the test database directly, from any kind of test."""
    from tempsms.lib import postgres

    with psycopg.connect(postgres.conninfo(), autocommit=True) as connection:

        def ask(query: str, *values: Any) -> list[tuple[Any, ...]]:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

        yield ask
