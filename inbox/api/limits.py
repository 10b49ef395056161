"""How many requests a minute a key, or a visitor without one, may make, and the headers that say so.

RateLimit and RateLimit-Policy are as in https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

from django.conf import settings

from inbox.api.operations import ApiRequest
from inbox.api.problems import Code, Problem
from tempsms.lib import budgets
from tempsms.lib.budgets import Budget

VISITOR = Budget("api visitor", 600)
SEARCH = Budget("search", 240)  # the same as for searches of pages
REFUSED_KEY = Budget("api refused key", 300)
"""Requests with a key that is not valid, by network: guesses, and programs that nobody looks after."""
WINDOW = 60


async def count(request: ApiRequest) -> dict[str, str]:
    """Take a request out of its budget; return the headers for its answer. Raises `Problem`."""
    principal = request.principal
    if principal.is_visitor:
        if is_search(request):
            await _take_request(SEARCH, request.visitor)
        return await _take_request(VISITOR, request.visitor)
    return await _take_request(
        Budget("api key", principal.per_minute or settings.API_KEY_LIMIT), principal.owner
    )


def is_search(request: ApiRequest) -> bool:
    """Whether texts or senders of messages are searched, which costs most."""
    return bool(request.GET.get("q") or request.GET.get("from"))


def is_guessing(visitor: str) -> bool:
    """Whether so many keys of a network were refused that no more are looked up."""
    return settings.VISITOR_LIMITS and budgets.standing(REFUSED_KEY, visitor).remaining == 0


async def count_refused_key(visitor: str) -> None:
    """Count a request whose key is not valid; raises `Problem` when there have been too many."""
    await _take_request(REFUSED_KEY, visitor)


async def _take_request(budget: Budget, name: str) -> dict[str, str]:
    if not settings.VISITOR_LIMITS:
        return {}
    wait = await budgets.take(budget, name)
    policy = {"RateLimit-Policy": f'"{budget.name}";q={budget.a_minute};w={WINDOW}'}
    if wait:
        seconds = max(1, round(wait))
        refused = {"RateLimit": f'"{budget.name}";r=0;t={seconds}', "Retry-After": str(seconds)}
        raise Problem(Code.TOO_MANY_REQUESTS, f"at most {budget.a_minute} a minute", headers=policy | refused)
    left = budgets.standing(budget, name)
    return policy | {"RateLimit": f'"{budget.name}";r={left.remaining};t={max(1, round(left.seconds))}'}
