"""Readiness: late work counts while somebody could be woken to do it."""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Outbox
from tempsms import outage
from tempsms.lib.asgi import Receive, Scope, Send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("broker", "status"), [(True, 503), (False, 200)])
def test_late_work_is_a_fault_only_while_the_broker_answers(
    client: Client, settings: Any, broker: bool, status: int
) -> None:
    Outbox.objects.create(message_ids=[1], due_at=timezone.now() - timedelta(seconds=61))
    if not broker:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["work"]) == (status, "late")
    Outbox.objects.all().delete()
    assert client.get("/readyz").status_code == 200


async def test_a_page_that_does_not_begin_in_time_is_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/begun/":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.wait_for(hangs.wait(), 0.2 if scope["path"] != "/frozen/" else 60)

    async def ask(path: str) -> list[int]:
        found: list[int] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            found.extend([message["status"]] if "status" in message else [])

        async def receive() -> MutableMapping[str, Any]:
            return {}

        with suppress(TimeoutError):
            await outage.bounded(app)({"type": "http", "path": path}, receive, send)
        return found

    monkeypatch.setattr(outage, "ANSWERED_WITHIN", 0.01)
    assert await ask("/frozen/") == [503]
    assert await ask("/begun/") == [200]
    assert await ask("/admin/") == []
