"""Answers that are made in the shape of their schemas, and not checked each time, are in it."""

import httpx
import pytest

from inbox.live.api import WaitOut
from inbox.messages.api import MessageList
from tests.inbox.api.conftest import make_key
from tests.inbox.api.renting import rent, store

MEDIA = [{"url": "https://carrier.example/1", "content_type": "image/png"}]


@pytest.mark.parametrize("fields", ["", "code"])
async def test_lists_and_waits_are_as_documented(
    site: httpx.AsyncClient, transactional_db: None, fields: str
) -> None:
    key = await make_key()
    lease, rental = await rent()
    ids = await store(lease, "Your code is 482913", "Hello", media=MEDIA, rental=rental, public=False)
    root, params = f"/api/v1/rentals/{rental.pk}/messages", {"fields": fields} if fields else {}
    for more in ({}, {"after": "0"}, {"limit": "1"}):
        listed = await site.get(root, params={**params, **more}, headers=key)
        found = MessageList.model_validate_json(listed.content)
        assert found.model_dump(mode="json", by_alias=True) == listed.json()
        assert [one["id"] for one in listed.json()["messages"]] in (ids, ids[::-1], ids[1:])
    for match in ("code", "never"):
        waited = await site.get(
            f"{root}/wait", params={**params, "match": match, "timeout": "0"}, headers=key
        )
        outcome = WaitOut.model_validate_json(waited.content)
        assert outcome.model_dump(mode="json", by_alias=True) == waited.json()
        assert waited.headers["content-type"] == listed.headers["content-type"]
