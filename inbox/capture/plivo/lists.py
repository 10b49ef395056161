"""`GET .../Message/`: the messages of a project, newest first, by page and filter."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from inbox.capture.plivo.errors import refuse
from inbox.capture.plivo.resources import STATES, describe_page
from inbox.capture.requests import CarrierRequest
from inbox.sandbox.models import CapturedMessage, Project

USUAL, MOST = 20, 20
_DIRECTIONS = {"inbound": CapturedMessage.Direction.IN, "outbound": CapturedMessage.Direction.OUT}
_TIMES = {
    "message_time": "created_at",
    "message_time__gt": "created_at__gt",
    "message_time__gte": "created_at__gte",
    "message_time__lt": "created_at__lt",
    "message_time__lte": "created_at__lte",
}


def list_messages(request: CarrierRequest, project: Project, account: str) -> dict[str, Any]:
    """A page of messages; raises `PlivoError` for a filter that is none."""
    query = {name: values[0] for name, values in request.query.items()}
    if any("\0" in value for value in query.values()):
        raise refuse("a parameter contains a NUL character")
    limit, offset = _read_count(query, "limit", USUAL, 1, MOST), _read_count(query, "offset", 0, 0, 10**6)
    found = _filter(CapturedMessage.objects.filter(project=project, carrier="plivo"), query)
    page = list(found.order_by("-pk")[offset : offset + limit])
    return describe_page(account, page, query, limit, offset, found.count())


def _filter(found: "QuerySet[CapturedMessage]", query: dict[str, str]) -> "QuerySet[CapturedMessage]":
    """Those messages that are asked for."""
    for name, column in (("from_number", "sender"), ("to_number", "recipient")):
        if number := query.get(name, "").removeprefix("+"):
            # numbers are kept with their plus, short codes and names without one
            found = found.filter(**{f"{column}__in": (number, f"+{number}")})
    if direction := query.get("message_direction"):
        found = found.filter(direction=_choose_value(_DIRECTIONS, "message_direction", direction))
    if state := query.get("message_state"):
        found = found.filter(
            # words of Plivo's that no captured message gets
            state__in=_choose_value({**STATES, "rejected": (), "read": ()}, "message_state", state)
        )
    if kind := query.get("message_type"):
        has_media = _choose_value({"sms": False, "mms": True, "whatsapp": None}, "message_type", kind)
        found = found.none() if has_media is None else _filter_by_media(found, has_media)
    if code := query.get("error_code"):
        # 000 is Plivo's code for no error
        found = found.filter(error="" if code == "000" else code)
    if powerpack := query.get("powerpack_id"):
        found = found.filter(details__powerpack_uuid=powerpack)
    for name, lookup in _TIMES.items():
        if text := query.get(name):
            found = found.filter(**{lookup: _read_time(name, text)})
    return found


def _filter_by_media(found: "QuerySet[CapturedMessage]", has_media: bool) -> "QuerySet[CapturedMessage]":
    return found.exclude(media=[]) if has_media else found.filter(media=[])


def _choose_value(values: dict[str, Any], name: str, asked: str) -> Any:
    if asked not in values:
        raise refuse(f"{name} must be one of {', '.join(values)}")
    return values[asked]


def _read_time(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise refuse(f"{name} is not a time like 2026-01-31 12:00:00") from None


def _read_count(query: dict[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text[:8]) <= most):
        raise refuse(f"{name} must be a number from {least} to {most}")
    return int(text[:8])
