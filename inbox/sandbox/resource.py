"""A captured message as the API and the page give it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch, QuerySet

from inbox import codes, segments
from inbox.messages.views import rfc3339
from inbox.sandbox.models import CapturedMessage, StateChange


def readable(found: "QuerySet[CapturedMessage]") -> "QuerySet[CapturedMessage]":
    """Messages with all that `as_resource` needs."""
    return found.select_related("project").prefetch_related(
        Prefetch("changes", StateChange.objects.order_by("pk"))
    )


def as_resource(message: CapturedMessage) -> dict[str, Any]:
    """A message in the API's shape, with what only captured ones have."""
    is_out = message.direction == CapturedMessage.Direction.OUT
    return {
        "id": message.pk,
        "project": message.project.name,
        "carrier": message.carrier,
        "carrier_id": message.ref,
        "number": message.recipient if is_out else message.sender,
        "direction": message.direction,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "received_at": rfc3339(message.created_at),
        "state": message.state,
        "error": message.error,
        "segments": message.segments,
        "encoding": message.encoding,
        "not_gsm": _list_forcing(message.body) if message.encoding == "UCS-2" else [],
        "code": _find_code(message),
        "media": message.media,
        "reply_to": message.details.get("reply_to"),
        "callbacks": [_describe_change(change) for change in message.changes.all() if change.url],
        "request": message.request,
        "expires_at": rfc3339(message.expires_at),
    }


def resources(found: Iterable[CapturedMessage]) -> list[dict[str, Any]]:
    """Several messages."""
    return [as_resource(message) for message in found]


def _find_code(message: CapturedMessage) -> dict[str, Any] | None:
    code = _find_in(message.body, message.sender) if message.has_code else None
    if code is None:
        return None
    return {
        "value": code.value,
        "confidence": code.confidence,
        "reason": code.reason,
        "expires_at": rfc3339(message.expires_at),
    }


def _describe_change(change: StateChange) -> dict[str, Any]:
    return {
        "state": change.state,
        "method": change.method,
        "url": change.url,
        "headers": change.headers,
        "body": change.body,
        "at": rfc3339(change.settled_at) if change.settled_at else None,
        "status": change.status,
        "answer": change.answer,
        "note": change.note,
        "ms": change.ms,
    }


_find_in = lru_cache(maxsize=1024)(codes.find)  # the same text is described again whenever its state changes


@lru_cache(maxsize=1024)
def _list_forcing(text: str) -> list[str]:
    return [char for char, _ in segments.forcing(text)]
