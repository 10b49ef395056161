"""Readiness: late work counts while somebody could be woken to do it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Outbox

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
