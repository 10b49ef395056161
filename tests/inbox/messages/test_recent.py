"""Messages that were made a moment ago are shared, as long as their rows are the same."""

import time

import pytest

from inbox.messages import queries, recent
from inbox.messages.inboxes import Inbox
from inbox.messages.queries import Message
from inbox.messages.recent import RecentMessages
from inbox.models import Code
from inbox.models import Message as Stored
from tests.factories import make_account, make_lease, make_message


@pytest.mark.django_db
def test_a_public_message_is_made_once_and_again_when_its_row_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = make_lease(account=make_account())
    stored = make_message(lease, "Your code is 482913")
    made: list[int] = []
    real = queries.view_for

    def count(inbox: Inbox, row: queries.Row) -> Message:
        made.append(row.id)
        return real(inbox, row)

    monkeypatch.setattr(queries, "view_for", count)
    inbox = Inbox(lease.number_id, lease.number.e164)
    for _ in range(2):
        ((message,), _) = queries.narrowed(inbox)
        assert message["code"]["value"] == "482913"
    assert made == [stored.pk]
    Code.objects.all().delete()
    ((message,), _) = queries.narrowed(inbox)
    assert (message["code"], "482913" in message["body"]) == (None, False)
    Stored.objects.update(public=False)
    assert queries.narrowed(inbox) == ([], 0)
    assert made == [stored.pk] * 2


def test_few_are_kept_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    kept: RecentMessages[str] = RecentMessages()
    for n in range(5):
        kept.find(n, "row", lambda: {"id": 0})
    assert list(kept._made) == [2, 3, 4]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + recent.KEPT + 1)
    assert kept.find(4, "row", lambda: {"id": 1}) == {"id": 1}
    assert list(kept._made) == [4]
