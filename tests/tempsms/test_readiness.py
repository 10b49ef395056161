"""Readiness: it goes a message's way; late work counts while somebody could be woken to do it. Who reads metrics."""

from typing import Any

import httpx
import pytest
from django.utils import timezone
from psycopg import OperationalError

from inbox.ingest import batcher
from numbers.models import Intent
from tempsms import readiness
from tempsms.readiness import LATE
from tests.conftest import Sql
from tests.factories import make_lease


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


@pytest.fixture(params=[state for state in Intent.State if state not in ("done", "refused")])
def intent(request: pytest.FixtureRequest, transactional_db: None) -> Intent:
    """An intent in each state that somebody has to act on, due for half of the time that it may be late."""
    return Intent.objects.create(
        lease=make_lease(), effect=Intent.Effect.BUY, state=request.param, due_at=timezone.now() - LATE / 2
    )


async def test_an_intent_that_nobody_performs_is_late_in_whatever_state(
    site: httpx.AsyncClient, sql: Sql, intent: Intent
) -> None:
    assert (await site.get("/readyz")).status_code == 200
    sql("UPDATE numbers_intent SET due_at = due_at - %s", LATE)
    assert (await site.get("/readyz")).json()["work"] == "late"


def asked_by(address: str, *headers: str) -> Any:
    """A scope of a request from there."""
    pairs = [header.split(": ") for header in headers]
    return {"client": (address, 5), "headers": [(name.encode(), value.encode()) for name, value in pairs]}


@pytest.mark.parametrize(
    ("proxies", "token", "address", "headers", "allowed"),
    [
        (0, "", "127.0.0.1", [], True),
        (0, "", "::1", [], True),
        (0, "", "::ffff:127.0.0.1", [], True),
        (0, "", "192.0.2.7", [], False),
        (0, "", "", [], False),
        (0, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1"], False),
        (0, "", "127.0.0.1", ["forwarded: for=192.0.2.7"], False),
        (0, "", "127.0.0.1", ["via: 1.1 proxy"], False),
        (1, "", "127.0.0.1", [], True),
        (1, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1"], True),
        (1, "", "127.0.0.1", ["x-forwarded-for: 192.0.2.7"], False),
        (1, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1, 192.0.2.7"], False),
        (1, "", "192.0.2.7", ["x-forwarded-for: 127.0.0.1"], False),
        (1, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1", "x-forwarded-for: 192.0.2.7"], False),
        (1, "", "127.0.0.1", ["x-forwarded-for: 192.0.2.7", "x-forwarded-for: 127.0.0.1"], True),
        (2, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1"], False),
        (2, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1", "x-forwarded-for: 127.0.0.1"], True),
        (2, "", "127.0.0.1", ["x-forwarded-for: 127.0.0.1, 192.0.2.7", "x-forwarded-for: 127.0.0.1"], False),
        (0, "", "127.0.0.1", ["x-forwarded-proto: https"], False),
        (0, "", "127.0.0.1", ["cf-connecting-ip: 192.0.2.7"], False),
        (1, "", "127.0.0.1", ["true-client-ip: 192.0.2.7"], False),
        (1, "", "127.0.0.1", ["cdn-loop: cloudflare"], False),
        (0, "secret", "127.0.0.1", [], False),
        (0, "secret", "192.0.2.7", ["authorization: Bearer secret"], True),
        (0, "secret", "192.0.2.7", ["authorization: Bearer secre"], False),
        (0, "secret", "192.0.2.7", ["authorization: Bearer "], False),
    ],
)
def test_metrics_are_for_this_machine_or_for_a_token(
    settings: Any, proxies: int, token: str, address: str, headers: list[str], allowed: bool
) -> None:
    settings.TRUSTED_PROXIES, settings.METRICS_TOKEN = proxies, token
    assert readiness._may_read_metrics(asked_by(address, *headers)) is allowed


async def test_metrics_are_refused_by_their_door(site: httpx.AsyncClient, settings: Any) -> None:
    assert (await site.get("/metrics")).status_code == 200
    settings.METRICS_TOKEN = "secret"
    answer = await site.get("/metrics")
    assert (answer.status_code, "tempsms_" in answer.text) == (403, False)
