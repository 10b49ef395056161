"""Waiting for one captured message that matches."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from inbox.api.threads import in_thread
from inbox.live.endings import ended_with_server
from inbox.messages.matching import MessageFilter, is_from
from inbox.sandbox.following import Resource, watching
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.resource import readable, resources

MOST_SEEN = 50
LOOKED_THROUGH = 500
"""Of what is there already, so many are looked through."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for: a message to a recipient, if one is named, that a filter matches."""

    filter: MessageFilter
    recipient: str = ""

    def matches(self, message: Resource) -> bool:
        """Whether a message is one that is waited for."""
        if self.recipient and not is_from(self.recipient, message["to"]):
            return False
        return self.filter.matches(message)


async def wait(
    project_id: int, wanted: Wanted, after: int | None, seconds: float
) -> tuple[Resource | None, list[Resource]]:
    """The first message after an id that matches, or the newest of all without one; and what came and did not.

    One that is there already ends the wait at once.
    """
    seen: dict[int, Resource] = {}
    async with watching(project_id) as watcher:
        with ended_with_server(watcher), suppress(TimeoutError):
            # after the watcher is there, so that nothing falls between; and always, however little time there is
            for message in await _list_present(project_id, after):
                if wanted.matches(message):
                    return message, []
                seen[message["id"]] = message
            async with asyncio.timeout(seconds):
                while (news := await watcher.next()) is not None:
                    if news["id"] <= (after or 0):
                        continue
                    if wanted.matches(news):
                        return news, []
                    seen[news["id"]] = news
    newest = islice(sorted(seen.values(), key=itemgetter("id"), reverse=True), MOST_SEEN)
    return None, sorted(newest, key=itemgetter("id"))


async def _list_present(project_id: int, after: int | None) -> list[dict[str, Any]]:
    found = CapturedMessage.objects.filter(project=project_id)
    ordered = found.order_by("-pk") if after is None else found.filter(pk__gt=after).order_by("pk")
    return resources(await in_thread(lambda: list(readable(ordered)[:LOOKED_THROUGH])) or [])
