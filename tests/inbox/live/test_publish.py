"""What could not be published is made up for, also what is added while Redis is asked."""

import pytest
from redis.exceptions import ConnectionError

from inbox.live import publish


@pytest.mark.parametrize("fails", [False, True])
async def test_numbers_that_are_missed_while_others_are_sent_are_sent_next(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, sent = publish.Publisher(), []

    async def send(events: list[tuple[str, bytes]]) -> None:
        sent.append([event for _, event in events])
        if len(sent) == 1:
            publisher.catch_up(["+15005550007"])
            if fails:
                raise ConnectionError

    monkeypatch.setattr(publish, "_send_events", send)
    monkeypatch.setattr(publish, "RETRY_EVERY", 0.0)
    publisher.catch_up(["+15005550006"])
    assert publisher._task
    await publisher._task
    assert [b"+15005550006" in b"".join(events) for events in sent] == [True, fails]
    assert b"+15005550007" in b"".join(sent[1])
