"""The outbox: what stored messages entail is done once for each batch, and a bad batch holds up no other."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from inbox import outbox
from inbox.models import Message, Outbox
from numbers import canaries
from tests.factories import make_lease, make_message, make_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages() -> list[Message]:
    """Three public messages to one number, a batch each."""
    lease = make_lease(make_number())
    found = [make_message(lease, text) for text in ("one", "two", "three")]
    for message in found:
        Outbox.objects.create(message_ids=[message.pk])
    return found


def test_each_batch_is_processed_and_gone(messages: list[Message]) -> None:
    assert outbox.relay() == 3
    assert not Outbox.objects.exists()
    number = messages[0].number
    number.refresh_from_db()
    assert number.last_message_at
    assert number.health.received_at
    assert outbox.relay() == 0


def test_a_batch_that_fails_waits_and_holds_up_no_other(
    messages: list[Message], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(texts: Any) -> int:
        if "two" in [text for _, text, _ in texts]:
            raise ValueError("a bug")
        return 0

    with monkeypatch.context() as broken:
        broken.setattr(canaries, "mark_arrived", fail)
        assert outbox.relay() == 0, "the first time all are together"
        assert outbox.relay() == 0, "none is due at once"
        Outbox.objects.update(due_at=Now())
        assert outbox.relay() == 2
        (left,) = Outbox.objects.all()
        assert (left.message_ids, left.attempts) == ([messages[1].pk], 2)
        assert timedelta(seconds=15) < left.due_at - timezone.now() <= timedelta(seconds=20)
        assert "could not be processed" in caplog.text
    Outbox.objects.update(due_at=Now())
    assert outbox.relay() == 1
