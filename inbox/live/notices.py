"""Notices to open pages from tasks and the admin: redacted, withheld, restored, retired."""

import logging

import redis
from django.conf import settings

from inbox.live.frames import channel, event

logger = logging.getLogger(__name__)


def tell(kind: str, ids_by_number: dict[str, list[int]]) -> None:
    """Publish a notice about messages; without Redis pages learn it when they load or poll."""
    _publish({number: event(kind, ids=ids) for number, ids in ids_by_number.items()})


def tell_retired(e164: str) -> None:
    """End the open pages of a number."""
    _publish({e164: event("retired")})


def _publish(events: dict[str, bytes]) -> None:
    if not events:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            for number, payload in events.items():
                client.publish(channel(number), payload)
    except (redis.RedisError, OSError) as error:
        logger.warning("a notice was not pushed: %s", type(error).__name__)
