"""Notices to open pages from tasks and the admin: redacted, withheld, restored, retired, revoked."""

import logging

import redis
from django.conf import settings

from inbox.live.frames import channel, event
from tempsms.lib.page_memory import note_change

logger = logging.getLogger(__name__)


def tell(kind: str, ids_by_topic: dict[str, list[int]]) -> None:
    """Publish a notice about messages; without Redis, pages notice when they load or poll."""
    _publish_events({topic: event(kind, ids=ids) for topic, ids in ids_by_topic.items()})


def tell_retired(topic: str) -> None:
    """End the open pages of a number or a rental."""
    _publish_events({topic: event("retired")})


def tell_revoked(topic: str, link_id: int) -> None:
    """End the pages of a rental that were opened by one of its links."""
    _publish_events({topic: event("revoked", link=link_id)})


def _publish_events(events: dict[str, bytes]) -> None:
    if not events:
        return
    for topic in events:
        note_change(topic)
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            for topic, payload in events.items():
                client.publish(channel(topic), payload)
    except (redis.RedisError, OSError) as error:
        logger.warning("a live notice could not be pushed: %s", type(error).__name__)
