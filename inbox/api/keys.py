"""Creates, finds and revokes API keys.

A key is 32 random bytes behind a prefix that scanners for leaked secrets can look for. With so much randomness a plain
SHA-256 is as safe as a slow hash, and a lookup by it reveals nothing about keys by its timing.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inbox.api.models import ApiKey
from inbox.api.principals import Principal
from inbox.api.scopes import Scope
from numbers.models import Number
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

PREFIX = "tempsms_"
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_START = len(PREFIX) + 5
_TOKEN = re.compile(r"[A-Za-z0-9]{30}")
_FIND = """
SELECT key.id, key.name, key.scopes, key.project, coalesce(key.per_minute, 0),
    CASE WHEN key.bound THEN ARRAY(SELECT number_id FROM api_apikey_numbers WHERE apikey_id = key.id) END,
    key.last_used_at IS NULL OR key.last_used_at < now() - interval '1 minute', {granted}
FROM api_apikey key {joined}
WHERE key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > now()) AND
"""
_BY_KEY = _FIND.format(granted="NULL", joined="") + "key.hash = %s"
_BY_TOKEN = (
    _FIND.format(
        granted="token.scope",
        joined="JOIN oauth2_provider_accesstoken token USING (application_id)",
    )
    + "token.token_checksum = %s AND token.expires > now()"
)
_REMEMBERED = 10_000
_good: dict[str, None] = {}  # hashes of keys that were found, the oldest first
_MARK = "UPDATE api_apikey SET last_used_at = now() WHERE id = %s"


def create(
    name: str,
    scopes: Collection[Scope],
    *,
    expires_at: datetime | None = None,
    numbers: Collection[Number] | None = None,
    project: str = "",
    per_minute: int | None = None,
    monthly_ceiling: Decimal | None = None,
) -> tuple[ApiKey, str]:
    """Create a key; return it and its text, which cannot be recovered. With `numbers` it is for these only."""
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            start=text[:_START],
            hash=hash_of(text),
            scopes=sorted(scopes),
            bound=numbers is not None,
            project=project,
            expires_at=expires_at,
            per_minute=per_minute,
            monthly_ceiling=monthly_ceiling,
        )
        key.numbers.set(numbers or [])
    return key, text


def revoke(key: ApiKey) -> bool:
    """Revoke a key; it is refused from the next request on. Return False if it was revoked already."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()))


def find_ceiling(principal: Principal) -> Decimal:
    """What the numbers that a key leases may cost in a calendar month; nothing for one that is not valid any more."""
    own = ApiKey.objects.valid().filter(pk=principal.owner.removeprefix("key:") or 0)
    found = own.values_list("monthly_ceiling", flat=True)
    most: Decimal | None = next(iter(found), Decimal(0))
    return settings.API_MONTHLY_CEILING if most is None else most


async def find(text: str) -> Principal | None:
    """The key with this text or OAuth token, unless it has expired or was revoked; notes that it was used.

    Requests that come at the same time, as thousands of waits do after a restart, share the query.
    """
    query = _BY_KEY if _SHAPE.fullmatch(text) else _BY_TOKEN if _TOKEN.fullmatch(text) else None
    if query is None:
        return None
    found = await _finds.get().join((query, hash_of(text)))
    if found:
        _good[hash_of(text)] = None
        if len(_good) > _REMEMBERED:
            del _good[next(iter(_good))]
    return found


def was_good(text: str) -> bool:
    """Whether this process found a key with this text before; it may have ended since."""
    return hash_of(text) in _good


async def _find_by_hash(query_and_hash: tuple[str, str]) -> Principal | None:
    query, hashed = query_and_hash
    async with postgres.connection() as connection:
        row = await (await connection.execute(query, [hashed])).fetchone()
        if row is None:
            return None
        key_id, name, own_scopes, project, per_minute, numbers, unmarked, granted = row
        if unmarked:
            await connection.execute(_MARK, [key_id])
    bound_to = None if numbers is None else frozenset(numbers)
    # a newer version may have given it scopes that this one does not know
    allowed = own_scopes if granted is None else set(granted.split()) & set(own_scopes)
    scopes = frozenset(scope for scope in Scope if scope in allowed)
    return Principal(f"key:{key_id}", name, scopes, bound_to, project, per_minute)


_finds = PerLoop(lambda: SharedCalls(_find_by_hash))


def hash_of(text: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(text.encode()).hexdigest()
