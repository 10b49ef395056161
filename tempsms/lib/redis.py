"""Redis/Valkey clients with bounds on every wait."""

from django.conf import settings
from redis.asyncio import Redis

from tempsms.lib.per_loop import PerLoop


def _make_client() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, max_connections=16)


_clients = PerLoop(_make_client)


def client() -> Redis:
    """The shared client of the running loop, for short commands."""
    return _clients.get()


def subscriber() -> Redis:
    """A separate client for a subscription, which waits as long as it takes."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=15)


async def close() -> None:
    """Close the running loop's shared client."""
    if found := _clients.pop():
        await found.aclose()
