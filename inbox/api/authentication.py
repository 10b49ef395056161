"""Finds out who makes a request: `Authorization: Bearer <key or OAuth2 token>`."""

import asyncio
from collections.abc import Mapping

from inbox.api import keys, limits
from inbox.api.principals import NEIGHBOUR, VISITOR, Principal
from inbox.api.problems import Code, Problem
from tempsms.lib.per_loop import PerLoop

# of the process' six connections, so that guesses never have them all
_lookups = PerLoop(lambda: asyncio.Semaphore(4))
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tempsms", error="invalid_token"'}


async def holds(headers: Mapping[str, str], principal: Principal) -> bool:
    """Whether the key or token of a request still makes its sender this principal; raises `Unavailable`."""
    if principal in (NEIGHBOUR, VISITOR):
        return True
    _, _, token = headers.get("authorization", "").strip().partition(" ")
    return await keys.find(token.strip()) == principal


async def identify(headers: Mapping[str, str], visitor: str) -> Principal:
    """The principal behind a request of a visitor; raises `Problem` for a key that is not valid."""
    given = headers.get("authorization", "").strip()
    if not given:
        return VISITOR
    kind, _, token = given.partition(" ")
    if kind.lower() != "bearer":
        await limits.count_refused_key(visitor)
        raise Problem(Code.INVALID_TOKEN, "use Authorization: Bearer <key>", headers=_CHALLENGE)
    principal = None
    # who has guessed too often is not looked up, but an office neighbour's key that was good lately is
    if keys.was_good(token.strip()) or not limits.is_guessing(visitor):
        async with _lookups.get():
            principal = await keys.find(token.strip())
    if principal is None:
        await limits.count_refused_key(visitor)
        raise Problem(Code.INVALID_TOKEN, headers=_CHALLENGE)
    return principal
