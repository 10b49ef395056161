"""Redis/Valkey clients with bounds on every wait."""

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import Redis

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()


def client() -> Redis:
    """The shared client of the running loop, for short commands."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, max_connections=16
        )
    return _clients[loop]


def subscriber() -> Redis:
    """A client of one's own for a subscription, which waits as long as it takes."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=15)


async def close() -> None:
    """Close the running loop's shared client."""
    if found := _clients.pop(asyncio.get_running_loop(), None):
        await found.aclose()
