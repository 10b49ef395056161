"""Delivery reports and logs of what was sent, and what was received: newest first."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from inbox.capture.infobip.errors import refuse
from inbox.capture.infobip.statuses import describe_report, write_time
from inbox.capture.requests import CarrierRequest
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage, Project
from numbers.carriers.toolkit.payloads import digits

USUAL, MOST = 50, 1000
_GROUPS = {
    "ACCEPTED": (),
    "PENDING": (State.SCHEDULED, State.ACCEPTED, State.QUEUED, State.SENT),
    "UNDELIVERABLE": (State.UNDELIVERED,),
    "DELIVERED": (State.DELIVERED,),
    "EXPIRED": (),
    "REJECTED": (State.FAILED, State.CANCELED),
}
_TOLD = "told"
Found = QuerySet[CapturedMessage]


@transaction.atomic
def list_reports(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Delivery reports of messages that have ended; each is given once, as at Infobip."""
    query = _read_query(request)
    found = _filter(_list_sent(project).exclude(state__in=CapturedMessage.UNFINISHED), query)
    found = found.exclude(details__has_key=_TOLD).select_for_update(no_key=True, skip_locked=True)
    messages = list(found.order_by("-pk")[: _read_limit(query)])
    for message in messages:
        message.details = {**message.details, _TOLD: True}
    CapturedMessage.objects.bulk_update(messages, ["details"])
    return {"results": [describe_report(message) for message in messages]}


def list_logs(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """The log of what was sent."""
    query = _read_query(request)
    messages = _filter(_list_sent(project), query).order_by("-pk")[: _read_limit(query)]
    return {"results": [_describe_log(message) for message in messages]}


@transaction.atomic
def list_inbox(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Messages to the program; each is given once."""
    direction, query = CapturedMessage.Direction.IN, _read_query(request)
    found = CapturedMessage.objects.filter(project=project, carrier="infobip", direction=direction)
    found = found.exclude(details__has_key=_TOLD).select_for_update(no_key=True, skip_locked=True)
    messages = list(found.order_by("-pk")[: _read_limit(query)])
    for message in messages:
        message.details = {**message.details, _TOLD: True}
    CapturedMessage.objects.bulk_update(messages, ["details"])
    listed = [_describe_received(message) for message in messages]
    return {"results": listed, "messageCount": len(listed), "pendingMessageCount": 0}


def _describe_log(message: CapturedMessage) -> dict[str, Any]:
    report = describe_report(message)
    # A log is a report whose recipient has another name, without the program's own data
    report["destination"] = report.pop("to")
    report.pop("callbackData", None)
    return {**report, "content": {"text": message.body}}


def _describe_received(message: CapturedMessage) -> dict[str, Any]:
    return {
        "messageId": message.ref,
        "from": digits(message.sender),
        "to": digits(message.recipient),
        "text": message.body,
        "cleanText": message.body,
        "keyword": message.body.partition(" ")[0].upper(),
        "receivedAt": write_time(message.created_at),
        "smsCount": message.segments,
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "callbackData": "",
    }


def _list_sent(project: Project) -> Found:
    direction = CapturedMessage.Direction.OUT
    return CapturedMessage.objects.filter(project=project, carrier="infobip", direction=direction)


def _read_query(request: CarrierRequest) -> dict[str, str]:
    query = {name: values[0] for name, values in request.query.items()}
    if any("\0" in value for value in query.values()):
        raise refuse("query", "contains a NUL character")
    return query


def _filter(found: Found, query: dict[str, str]) -> Found:
    """Those messages that are asked for."""
    for name, column in (("sender", "sender"), ("destination", "recipient")):
        if number := query.get(name, "").removeprefix("+"):
            found = found.filter(**{f"{column}__in": (number, f"+{number}")})
    for name, key in (("bulkId", "bulk_id"), ("messageId", "message_id")):
        if wanted := [one for one in query.get(name, "").split(",") if one]:
            found = found.filter(**{f"details__{key}__in": wanted})
    if group := query.get("generalStatus"):
        if group not in _GROUPS:
            raise refuse("generalStatus", f"must be one of {', '.join(_GROUPS)}")
        found = found.filter(state__in=_GROUPS[group])
    for name, lookup in (("sentSince", "created_at__gte"), ("sentUntil", "created_at__lte")):
        if text := query.get(name):
            found = found.filter(**{lookup: _read_time(name, text)})
    return found


def _read_time(name: str, text: str) -> datetime:
    try:
        # a plus that nobody escaped is a space in a query
        at = datetime.fromisoformat(text.replace(" ", "+"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise refuse(name, "must be a time in ISO 8601") from None


def _read_limit(query: dict[str, str]) -> int:
    text = query.get("limit", "")
    if not text:
        return USUAL
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:8]) <= MOST):
        raise refuse("limit", f"must be a number from 1 to {MOST}")
    return int(text[:8])
