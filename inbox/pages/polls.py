"""The poll of a public number, from what the process remembers of it: in front of Django, for all languages.

Its rows are in English, as those of the socket: pages put their own words in. What is asked in any other way than our
pages do, and what is not there, is answered by Django's view of the same address (`inbox.pages.number.poll`).
"""

import gzip
import re
import time

import orjson
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from inbox.live import slots
from inbox.live.newest import Newest, memory
from inbox.pages.caching import HELD_FOR
from tempsms.lib.asgi import Scope
from tempsms.lib.page_memory import Page, etag_of
from tempsms.lib.postgres import Unavailable

WORTH_COMPRESSING = 500  # bytes
_PATH = re.compile(r"/numbers/([1-9][0-9]{2,14})/poll/")
_QUERY = re.compile(rb"(?:after=[0-9]{1,18})?")
_SHARED, _KEPT_NOWHERE = b"max-age=0, must-revalidate, public, s-maxage=%d", b"max-age=0, no-cache, no-store"


async def recall(scope: Scope) -> Page | None:
    """Return the answer to a poll of a public number; None where Django is to give it."""
    found = _PATH.fullmatch(scope["path"]) if scope["method"] == "GET" else None
    if found is None or not _QUERY.fullmatch(scope["query_string"]) or not _is_for_us(scope):
        return None
    try:
        newest = await memory().find(found[1])
    except Unavailable:
        return None
    if newest is None:
        return None
    # any two cursors between the same messages have the same answer
    after = newest.floor(slots.cursor(scope["query_string"]) or 0)
    zipped = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    body, etag = newest.once(("poll", after, zipped), lambda: _make_body(newest, after, zipped=zipped))
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", _say_how_long(newest)),
        (b"vary", b"Accept-Encoding"),
        *_security_headers(),
        (b"etag", etag),
        (b"content-length", b"%d" % len(body)),
    ]
    if zipped and body[:2] == b"\x1f\x8b":
        headers.append((b"content-encoding", b"gzip"))
    return Page(headers, body, etag, newest.read_at)


def _is_for_us(scope: Scope) -> bool:
    """Whether a request names one of our hosts, once; Django refuses any other."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1:
        return False
    domain, _ = split_domain_port(hosts[0].decode("latin-1"))
    return validate_host(domain, settings.ALLOWED_HOSTS)


def _security_headers() -> list[tuple[bytes, bytes]]:
    """What Django's middleware gives its own answers."""
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", settings.SECURE_REFERRER_POLICY.encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    ]
    if settings.SECURE_HSTS_SECONDS:
        headers.append((b"strict-transport-security", b"max-age=%d" % settings.SECURE_HSTS_SECONDS))
    return headers


def _make_body(newest: Newest, after: int, *, zipped: bool) -> tuple[bytes, bytes]:
    """The answer's body, perhaps compressed, and its ETag."""
    ids = orjson.dumps(newest.list_ids()).decode()
    frames = ", ".join(frame.text for frame in newest.list_frames_after(after))
    plain = f'{{"frames": [{frames}], "ids": {ids}}}'.encode()
    body = gzip.compress(plain, 1) if zipped and len(plain) > WORTH_COMPRESSING else plain
    return body, etag_of(plain)


def _say_how_long(newest: Newest) -> bytes:
    """Whether proxies may keep it for a second: neither where a code is about to expire, nor what is old already."""
    now = time.monotonic()
    if newest.until < now + HELD_FOR.total_seconds():
        return _KEPT_NOWHERE
    return _SHARED % (now < newest.read_at + 1.0)
