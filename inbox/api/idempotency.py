"""`Idempotency-Key`: a request that is repeated with the same key has the same answer, and one effect.

An operation, its effects and its stored answer are one transaction under an advisory lock of the key. Whatever is
killed, both are there or neither is; who repeats the request while the first is still running finds the lock taken.
Answers are sealed, since they may hold a link that is shown once.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from collections.abc import Callable
from datetime import timedelta

import orjson
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from inbox.api.models import StoredAnswer
from inbox.api.problems import Code, Problem, invalid
from tempsms.lib import vault

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
PATTERN = r"^[\x21-\x7e]{1,255}$"
_KEY = re.compile(PATTERN)
# refused before anything was done: the same key may be used for a corrected request
_NOT_STORED = {400, 401, 403, 413, 415, 422, 429}


def answer_once(request: HttpRequest, owner: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `run`, or of its first run for this owner's key; raises `Problem`."""
    key = request.headers.get(HEADER)
    if key is None:
        return run()
    if not _KEY.fullmatch(key):
        raise invalid(HEADER, "must be 1 to 255 visible ASCII characters", "header")
    name = vault.keyed_hash("idempotency key", owner, key)
    asked = _hash_request(request)
    with transaction.atomic():
        _lock_key(name)
        if stored := _find_answer(name, asked):
            return stored
        with transaction.atomic():
            response = run()
            if response.status_code >= 400:
                transaction.set_rollback(True)
        if response.status_code < 500 and response.status_code not in _NOT_STORED:
            _store_answer(name, asked, response)
        return response


def forget() -> int:
    """Delete answers that are old enough; return how many."""
    deleted, _ = StoredAnswer.objects.filter(created_at__lt=Now() - KEPT).delete()
    return deleted


def _lock_key(name: bytes) -> None:
    """Take the key's lock until the transaction ends; raises `Problem` if its first request is still running."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name[:8], "big", signed=True)])
        (taken,) = cursor.fetchone() or (False,)
    if not taken:
        raise Problem(Code.REQUEST_IN_PROGRESS, headers={"Retry-After": "1"})


def _find_answer(name: bytes, asked: bytes) -> HttpResponse | None:
    """The stored answer of a key; raises `Problem` if it was used for another request."""
    found = StoredAnswer.objects.filter(key=name, created_at__gte=Now() - KEPT).first()
    if found is None:
        return None
    if bytes(found.request) != asked:
        raise Problem(Code.KEY_REUSED)
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(
        vault.unseal_bytes(bytes(found.body)), found.content_type, found.status, headers=headers
    )


def _store_answer(name: bytes, asked: bytes, response: HttpResponse) -> None:
    answer = {
        "request": asked,
        "status": response.status_code,
        "content_type": response.get("Content-Type", ""),
        "body": vault.seal_bytes(response.content),
        "created_at": Now(),
    }
    StoredAnswer.objects.update_or_create(key=name, defaults=answer)


def _hash_request(request: HttpRequest) -> bytes:
    """A hash of what is asked; the order and the spacing of a body's fields do not matter.

    Keyed: from a plain hash the few digits of a phone number in the request could be guessed.
    """
    try:
        body = orjson.dumps(orjson.loads(request.body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # not JSON, or nested too deeply to be written
        body = request.body
    return vault.keyed_hash("idempotent request", str(request.method), request.get_full_path(), body)
