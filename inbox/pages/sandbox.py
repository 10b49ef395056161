"""`/sandbox/<project>/`: what programs sent, for people on this machine, and for operators who are logged in."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inbox.live.slots import message_id
from inbox.sandbox import projects, search
from inbox.sandbox.models import CapturedMessage, Project
from inbox.sandbox.resource import as_resource, readable
from tempsms.lib import this_machine

PAGE = 50
CAPTURE = "/capture/twilio"
_OVERLAP = timedelta(seconds=5)  # writers commit in another order than they begin
_ALL = "all"


@never_cache
@require_safe
def show(request: HttpRequest, name: str = projects.DEFAULT) -> HttpResponse:
    """Render the messages of a project that match, newest first; or what to do where there are none."""
    if answer := _refuse_stranger(request, "view"):
        return answer
    project, asked = _find_project(name), request.GET.get("q", "").strip()
    before = message_id(request.GET.get("before", ""))
    cursor = _read_clock()
    found = _list_messages(project, asked, before)
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "asked": asked,
        "before": before,
        "messages": [as_resource(message) for message in found[:PAGE]],
        "older": _address_older(asked, found),
        "cursor": cursor.isoformat(),
        "query": urlencode({"q": asked}),
        "examples": search.EXAMPLES,
        "longest": search.LONGEST,
        "capture": request.build_absolute_uri(CAPTURE),
    }
    return render(request, "inbox/sandbox.html", context)


@never_cache
@require_safe
def poll(request: HttpRequest, name: str) -> HttpResponse:
    """The ids of the messages that the page shows now, and the rows of those that changed since it asked last."""
    if answer := _refuse_stranger(request, "view"):
        return answer
    project, cursor = _find_project(name), _read_clock()
    found = _list_messages(project, request.GET.get("q", "").strip(), None)[:PAGE]
    since = _read_cursor(request.GET.get("since", ""))
    rows = {
        message.pk: render_to_string("inbox/sandbox_row.html", {"message": as_resource(message)}, request)
        for message in found
        if since is None or message.updated_at > since - _OVERLAP
    }
    ids = [message.pk for message in found]
    return JsonResponse({"ids": ids, "rows": rows, "cursor": cursor.isoformat()})


@never_cache
@require_POST
def delete(request: HttpRequest, name: str) -> HttpResponse:
    """Delete a message, or all of a project, and show what is left."""
    if answer := _refuse_stranger(request, "delete"):
        return answer
    project, chosen = _find_project(name), request.POST.get("message", "")
    found = CapturedMessage.objects.filter(project=project)
    if chosen == _ALL:
        found.delete()
    elif pk := message_id(chosen):
        found.filter(pk=pk).delete()
    asked = request.POST.get("q", "").strip()
    address = reverse("sandbox-project", args=[project.name])
    return redirect(f"{address}?{urlencode({'q': asked})}" if asked else address)


def _refuse_stranger(request: HttpRequest, action: str) -> HttpResponse | None:
    """The answer to who may not do this: a login, or, for who is logged in, that there is nothing."""
    user = request.user
    if this_machine.asks_for_page(request) or user.has_perm(f"sandbox.{action}_capturedmessage"):
        return None
    if user.is_authenticated:
        raise Http404
    return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.path})}")


def _find_project(name: str) -> Project:
    project = projects.find_for("", name)
    if project is None:
        raise Http404
    return project


def _list_messages(project: Project, asked: str, before: int | None) -> list[CapturedMessage]:
    """A page of messages, and one more if there is one."""
    found = search.matching(readable(CapturedMessage.objects.filter(project=project)), asked)
    found = found.filter(pk__lt=before) if before else found
    return list(found.order_by("-pk")[: PAGE + 1])


def _address_older(asked: str, found: list[CapturedMessage]) -> str:
    if len(found) <= PAGE:
        return ""
    given: dict[str, Any] = {"q": asked} if asked else {}
    return f"?{urlencode({**given, 'before': found[PAGE - 1].pk})}"


def _read_clock() -> datetime:
    """The database's time, by which rows change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)
    return now


def _read_cursor(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and at.year > 1 else None
