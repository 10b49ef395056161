"""Readiness: it goes a message's way; late work counts while somebody could be woken to do it."""

from typing import Any

import httpx
import pytest
from psycopg import OperationalError

from inbox.ingest import batcher
from tests.conftest import Sql


@pytest.mark.parametrize(("broker", "status"), [(True, 503), (False, 200)])
async def test_late_work_is_a_fault_only_while_the_broker_answers(
    site: httpx.AsyncClient, sql: Sql, settings: Any, broker: bool, status: int
) -> None:
    sql(
        "INSERT INTO inbox_outbox (message_ids, created_at, due_at, attempts)"
        " VALUES ('{1}', now(), now() - interval '61 s', 0)"
    )
    if not broker:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = await site.get("/readyz", headers={"Host": "10.1.2.3"})
    assert (answer.status_code, answer.json()["work"]) == (status, "late")
    sql("DELETE FROM inbox_outbox")
    assert (await site.get("/readyz")).status_code == 200


async def test_it_says_no_where_the_database_answers_but_takes_no_message(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: Any) -> None:
        raise OperationalError("prepared statement does not exist")

    monkeypatch.setattr(batcher, "store", refuses)
    answer = await site.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")
