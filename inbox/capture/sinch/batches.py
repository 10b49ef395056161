"""Batches that were sent: described, listed, found and cancelled."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from inbox.capture.requests import CarrierRequest
from inbox.capture.sinch.errors import SinchError, refuse
from inbox.capture.sinch.reports import STATUSES, describe_batch, describe_recipient, word_of, write_time
from inbox.sandbox import messages
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage, Project
from numbers.carriers.toolkit.payloads import digits

USUAL, MOST = 30, 100
Found = QuerySet[CapturedMessage]


def describe(first: CapturedMessage) -> dict[str, Any]:
    """A batch, by its first message."""
    details = first.details
    fields = {
        "id": details["batch_id"],
        "from": digits(first.sender),
        "canceled": first.state == State.CANCELED,
        "type": details["type"],
        "created_at": write_time(first.created_at),
        "modified_at": write_time(first.updated_at),
        **details["batch"],
    }
    return fields | ({"client_reference": details["client_reference"]} if details["client_reference"] else {})


def fetch(project: Project, ref: str) -> CapturedMessage:
    """A batch's first message; raises `SinchError`."""
    first = _list_sent(project).filter(ref=ref).first()
    if first is None:
        raise SinchError(404, "not_found", f"no batch {ref}")
    return first


@transaction.atomic
def cancel(project: Project, ref: str) -> CapturedMessage:
    """Cancel what of a batch is scheduled; what is on its way stays so."""
    fetch(project, ref)
    for message in _list_members(project, ref).filter(state=State.SCHEDULED).select_for_update(no_key=True):
        message.changes.filter(settled_at=None).delete()
        message.state = State.CANCELED
        message.save(update_fields=["state"])
        messages.touch(message)
    return fetch(project, ref)


def list_batches(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of batches, newest first."""
    query = _read_query(request)
    # Only the first message of a batch has it, so each batch is listed once
    found = _filter_usual(_list_sent(project).filter(details__has_key="batch"), query)
    if senders := [one.strip().removeprefix("+") for one in query.get("from", "").split(",") if one.strip()]:
        found = found.filter(sender__in=[*senders, *(f"+{one}" for one in senders)])
    return _describe_page(found, query, "batches", describe)


def describe_report(request: CarrierRequest, project: Project, ref: str) -> dict[str, Any]:
    """A batch's delivery report, a summary unless `full` is asked for."""
    query, first = _read_query(request), fetch(project, ref)
    kind = query.get("type", "summary")
    if kind not in ("summary", "full"):
        raise refuse("type must be summary or full")
    told = list(_filter_states(_list_members(project, ref), query).values_list("recipient", "state", "error"))
    return describe_batch(first.details, told, kind == "full")


def describe_recipient_report(project: Project, ref: str, recipient: str) -> dict[str, Any]:
    """The delivery report of one recipient of a batch."""
    fetch(project, ref)
    message = _list_members(project, ref).filter(recipient=f"+{digits(recipient)}").first()
    if message is None:
        raise SinchError(404, "not_found", "no such recipient")
    return describe_recipient(message)


def list_reports(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of recipients' delivery reports, newest first."""
    query = _read_query(request)
    found = _filter_states(_filter_usual(_list_sent(project), query), query)
    return _describe_page(found, query, "delivery_reports", describe_recipient)


def list_inbounds(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of messages to the program, newest first."""
    query = _read_query(request)
    found = _filter_usual(_list_received(project), query)
    if numbers := [one.strip().removeprefix("+") for one in query.get("to", "").split(",") if one.strip()]:
        found = found.filter(recipient__in=[*numbers, *(f"+{one}" for one in numbers)])
    return _describe_page(found, query, "inbounds", describe_inbound)


def fetch_inbound(project: Project, ref: str) -> dict[str, Any]:
    """A message to the program; raises `SinchError`."""
    message = _list_received(project).filter(ref=ref).first()
    if message is None:
        raise SinchError(404, "not_found", f"no inbound message {ref}")
    return describe_inbound(message)


def describe_inbound(message: CapturedMessage) -> dict[str, Any]:
    """A message to the program."""
    files = [{"url": url, "status": "Uploaded"} for url in message.media]
    return {
        "type": "mo_media" if message.media else "mo_text",
        "id": message.ref,
        "from": digits(message.sender),
        "to": digits(message.recipient),
        "body": {"message": message.body, "media": files} if files else message.body,
        "received_at": write_time(message.created_at),
    }


def _list_sent(project: Project) -> Found:
    direction = CapturedMessage.Direction.OUT
    return CapturedMessage.objects.filter(project=project, carrier="sinch", direction=direction)


def _list_received(project: Project) -> Found:
    direction = CapturedMessage.Direction.IN
    return CapturedMessage.objects.filter(project=project, carrier="sinch", direction=direction)


def _list_members(project: Project, ref: str) -> Found:
    """The messages of a batch."""
    return _list_sent(project).filter(Q(ref=ref) | Q(ref__startswith=f"{ref}.")).order_by("pk")


def _read_query(request: CarrierRequest) -> dict[str, str]:
    query = {name: values[0] for name, values in request.query.items()}
    if any("\0" in value for value in query.values()):
        raise refuse("a parameter contains a NUL character")
    return query


def _filter_usual(found: Found, query: dict[str, str]) -> Found:
    """Those of a time and with a reference of the program's own."""
    for name, lookup in (("start_date", "created_at__gte"), ("end_date", "created_at__lt")):
        if text := query.get(name):
            found = found.filter(**{lookup: _read_time(name, text)})
    if reference := query.get("client_reference"):
        found = found.filter(details__client_reference=reference)
    return found


def _filter_states(found: Found, query: dict[str, str]) -> Found:
    """Those with one of the statuses and codes that are asked for, separated by commas."""
    words = {one.strip().upper() for one in query.get("status", "").split(",") if one.strip()}
    codes = {one.strip() for one in query.get("code", "").split(",") if one.strip()}
    # Words that Sinch has, and no captured message gets, find nothing
    if words - STATUSES - {"EXPIRED", "REJECTED", "DELETED", "UNKNOWN"}:
        raise refuse("status is not a list of delivery statuses")
    if words:
        states = [
            state for state in State if state != State.RECEIVED and word_of(state, "")[0].upper() in words
        ]
        found = found.filter(state__in=states)
    if codes:
        states = [state for state in State if state != State.RECEIVED and str(word_of(state, "")[1]) in codes]
        # A message's own code, or where it has none that of its state
        found = found.filter(Q(error__in=codes) | Q(error="", state__in=states))
    return found


def _describe_page(found: Found, query: dict[str, str], name: str, describe: Any) -> dict[str, Any]:
    size, page = _read_count(query, "page_size", USUAL, 1, MOST), _read_count(query, "page", 0, 0, 10**5)
    rows = found.order_by("-pk")[page * size : (page + 1) * size]
    listed = [describe(message) for message in rows]
    return {"count": found.count(), "page": page, "page_size": len(listed), name: listed}


def _read_time(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise refuse(f"{name} is not a time in ISO 8601") from None


def _read_count(query: dict[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text[:8]) <= most):
        raise refuse(f"{name} must be a number from {least} to {most}", "syntax_invalid_parameter_format")
    return int(text[:8])
