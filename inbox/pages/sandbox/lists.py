"""`/sandbox/<project>/`: all messages of a project, newest first, and those that a search finds."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox.live.slots import message_id
from inbox.pages.sandbox import rows
from inbox.pages.sandbox.access import for_whoever_may
from inbox.sandbox import projects, search, snippets
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import CapturedMessage, Project

ROW = "inbox/sandbox_row.html"


@never_cache
@require_safe
def show_first(request: HttpRequest) -> HttpResponse:
    """Render the messages of the first project."""
    return show(request, projects.DEFAULT)


@never_cache
@require_safe
@for_whoever_may("view")
def show(request: HttpRequest, project: Project) -> HttpResponse:
    """Render the messages of a project that match, newest first; or what to do where there are none."""
    asked = request.GET.get("q", "").strip()
    before = message_id(request.GET.get("before", ""))
    cursor, query = rows.read_clock(), search.Query.read(asked)
    found = rows.describe_all(_find_messages(project, query, before)[: rows.PAGE + 1])
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "asked": asked,
        "unknown": query.unknown,
        "unread": _count_unread(project),
        "before": before,
        "messages": found[: rows.PAGE],
        "older": _address_older(asked, found),
        "cursor": cursor.isoformat(),
        "query": urlencode({"q": asked}),
        "examples": search.EXAMPLES,
        "longest": search.LONGEST,
        "starts": _list_starts(project, request.build_absolute_uri("/").rstrip("/")),
    }
    return render(request, "inbox/sandbox.html", context)


@never_cache
@require_safe
@for_whoever_may("view")
def poll(request: HttpRequest, project: Project) -> HttpResponse:
    """What the page shows now, as JSON."""
    found = _find_messages(project, search.Query.read(request.GET.get("q", "")), None)
    return rows.answer_poll(request, found[: rows.PAGE], ROW, unread=_count_unread(project))


def _find_messages(project: Project, query: search.Query, before: int | None) -> "QuerySet[CapturedMessage]":
    found = query.filter(CapturedMessage.objects.filter(project=project)).order_by("-pk")
    return found.filter(pk__lt=before) if before else found


def _list_starts(project: Project, address: str) -> list[tuple[str, dict[str, str]]]:
    """Programs to copy that send a message, by carrier; for a project whose logins are no secret."""
    if not project.local:
        return []
    return [(one.title, snippets.of_carrier(name, address)) for name, one in CARRIERS.items()]


def _count_unread(project: Project) -> int:
    return CapturedMessage.objects.filter(project=project, unread=True).count()


def _address_older(asked: str, found: list[dict[str, Any]]) -> str:
    if len(found) <= rows.PAGE:
        return ""
    given: dict[str, Any] = {"q": asked} if asked else {}
    return f"?{urlencode({**given, 'before': found[rows.PAGE - 1]['id']})}"
