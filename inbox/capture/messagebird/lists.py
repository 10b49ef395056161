"""Messages that were sent: found, listed and deleted."""

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from inbox.capture.messagebird.errors import not_found, refuse
from inbox.capture.messagebird.resources import STATUSES, describe
from inbox.capture.requests import CarrierRequest
from inbox.sandbox.models import CapturedMessage, Project

USUAL, MOST = 20, 200


def fetch(project: Project, ref: str) -> dict[str, Any]:
    """A message; raises `MessageBirdError` where there is none."""
    return describe(_find_members(project, ref))


@transaction.atomic
def delete(project: Project, ref: str) -> None:
    """Delete a message for all its recipients, also before it is sent; raises `MessageBirdError`."""
    for message in _find_members(project, ref):
        message.delete()


def list_messages(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of messages, newest first."""
    query = {name: values[0] for name, values in request.query.items()}
    limit, offset = _read_count(query, "limit", USUAL, 1, MOST), _read_count(query, "offset", 0, 0, 10**6)
    firsts = _list_sent(project).filter(details__has_key="asked")
    if status := query.get("status"):
        if status not in STATUSES:
            raise refuse("status", f"status must be one of {', '.join(STATUSES)}")
        firsts = firsts.filter(state__in=STATUSES[status])
    total = firsts.count()
    page = list(firsts.order_by("-pk")[offset : offset + limit])
    others: dict[str, list[CapturedMessage]] = defaultdict(list)
    # For an empty page: a Q without conditions would find everything
    wanted = Q(pk__in=[])
    for first in page:
        wanted |= Q(ref__startswith=f"{first.ref}.")
    for message in _list_sent(project).filter(wanted).order_by("pk"):
        others[message.ref.partition(".")[0]].append(message)
    return {
        "offset": offset,
        "limit": limit,
        "count": len(page),
        "totalCount": total,
        "links": {"first": None, "previous": None, "next": None, "last": None},
        "items": [describe([first, *others[first.ref]]) for first in page],
    }


def _find_members(project: Project, ref: str) -> list[CapturedMessage]:
    found = _list_sent(project).filter(Q(ref=ref) | Q(ref__startswith=f"{ref}.")).order_by("pk")
    members = list(found)
    if not members or "asked" not in members[0].details:
        raise not_found()
    return members


def _list_sent(project: Project) -> "QuerySet[CapturedMessage]":
    direction = CapturedMessage.Direction.OUT
    return CapturedMessage.objects.filter(project=project, carrier="messagebird", direction=direction)


def _read_count(query: dict[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text[:8]) <= most):
        raise refuse(name, f"{name} must be a number from {least} to {most}")
    return int(text[:8])
