"""`/sandbox/<project>/messages/<id>/`: one message with its request, its callbacks and what it is made of."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox import segments
from inbox.pages.sandbox import exchanges, rows
from inbox.pages.sandbox.access import for_whoever_may, may
from inbox.sandbox import copying, marks, prices
from inbox.sandbox.models import LONGEST_TAG, CapturedMessage, Project
from inbox.sandbox.resource import as_resource, readable

DETAILS = "inbox/sandbox_details.html"


@never_cache
@require_safe
@for_whoever_may("view")
def show(request: HttpRequest, project: Project, message_id: int) -> HttpResponse:
    """Render a message; 404 where there is none, any more or at all."""
    cursor = rows.read_clock()
    message = readable(_find_message(project, message_id)).first()
    if message is None:
        raise Http404
    may_mark = may(request, "change")
    if may_mark:
        marks.set_unread(message, False)
    others = CapturedMessage.objects.filter(project=project)
    context = {
        "project": project,
        "message": describe(message),
        "newer": others.filter(pk__gt=message.pk).order_by("pk").values_list("pk", flat=True).first(),
        "older": others.filter(pk__lt=message.pk).order_by("-pk").values_list("pk", flat=True).first(),
        "cursor": cursor.isoformat(),
        "may_mark": may_mark,
        "bad_tag": "bad-tag" in request.GET,
        "longest_tag": LONGEST_TAG,
        "copies": _list_copies(message, request.build_absolute_uri("/").rstrip("/")),
    }
    return render(request, "inbox/sandbox_message.html", context)


@never_cache
@require_safe
@for_whoever_may("view")
def poll(request: HttpRequest, project: Project, message_id: int) -> HttpResponse:
    """What the page shows now, as JSON; 404 once there is no such message."""
    found = _find_message(project, message_id)
    if not found.exists():
        raise Http404
    return rows.answer_poll(request, found, DETAILS, describe)


def describe(message: CapturedMessage) -> dict[str, Any]:
    """A message with all that its own page shows."""
    described = rows.describe(message)
    request = described["request"]
    count = segments.count(message.body)
    return {
        **described,
        "units": count.units,
        "forcing": segments.forcing(message.body) if count.encoding != "GSM-7" else [],
        "cost": prices.estimate(message),
        "cheaper": _count_without_forcing(message.body),
        "sent": exchanges.describe(request.get("headers", {}), request.get("body", "")),
        "callbacks": [
            {
                **call,
                "told": exchanges.describe(call["headers"], call["body"]),
                "curl": copying.write_curl(call["url"], call["headers"], call["body"]),
            }
            for call in described["callbacks"]
        ],
    }


def _find_message(project: Project, message_id: int) -> "QuerySet[CapturedMessage]":
    return CapturedMessage.objects.filter(project=project, pk=message_id)


def _list_copies(message: CapturedMessage, address: str) -> list[tuple[str, str]]:
    """What can be copied and run, by the tool that runs it."""
    code = as_resource(message)["code"]
    copies = [
        ("curl", copying.as_curl(message, address)),
        ("pytest", copying.as_test(message, address, code["value"] if code else "")),
    ]
    return [(tool, text) for tool, text in copies if text]


def _count_without_forcing(text: str) -> int | None:
    """The segments of a text once replaced by what GSM-7 has; None if not all of it can be, or it saves nothing."""
    substitutes: dict[str, str | int | None] = dict(segments.forcing(text))
    if None in substitutes.values():
        return None
    fewer = segments.count(text.translate(str.maketrans(substitutes))).segments
    return fewer if fewer < segments.count(text).segments else None
