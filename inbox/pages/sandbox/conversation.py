"""`/sandbox/<project>/with/<phone>/`: what programs and one phone sent each other, and what the phone sends next."""

from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inbox.live.slots import message_id
from inbox.pages.sandbox import replies, rows
from inbox.pages.sandbox.access import for_whoever_may, may
from inbox.sandbox.models import CapturedMessage, Project

TURN = "inbox/sandbox_turn.html"


@never_cache
@require_safe
@for_whoever_may("view")
def show(request: HttpRequest, project: Project, phone: str) -> HttpResponse:
    """Render a conversation, oldest first, and a form to reply with."""
    return _render_page(request, project, phone, replies.Reply.propose(project, phone))


@never_cache
@require_safe
@for_whoever_may("view")
def poll(request: HttpRequest, project: Project, phone: str) -> HttpResponse:
    """What the page shows now, as JSON."""
    newest = _list_newest(project, phone, None)[: rows.PAGE].values("pk")
    found = CapturedMessage.objects.filter(pk__in=newest).order_by("pk")
    return rows.answer_poll(request, found, TURN)


@never_cache
@require_POST
@for_whoever_may("add")
def reply(request: HttpRequest, project: Project, phone: str) -> HttpResponse:
    """Send what the phone replies to the program, and show it; or say what is wrong with it."""
    written = replies.Reply.read(project, phone, request.POST)
    if not written.errors:
        written = replies.send(project, phone, written)
    if written.errors:
        return _render_page(request, project, phone, written, 422)
    return redirect(f"{reverse('sandbox-conversation', args=[project.name, phone])}#reply")


def _render_page(
    request: HttpRequest, project: Project, phone: str, written: "replies.Reply", status: int = 200
) -> HttpResponse:
    cursor = rows.read_clock()
    before = message_id(request.GET.get("before", ""))
    found = rows.describe_all(_list_newest(project, phone, before)[: rows.PAGE + 1])
    shown = found[: rows.PAGE][::-1]
    context = {
        "project": project,
        "phone": phone,
        "messages": shown,
        "before": before,
        "older": f"?{urlencode({'before': shown[0]['id']})}" if len(found) > rows.PAGE else "",
        "cursor": cursor.isoformat(),
        "reply": written,
        "carriers": replies.list_carriers(project),
        "may_reply": may(request, "add"),
    }
    return render(request, "inbox/sandbox_conversation.html", context, status=status)


def _list_newest(project: Project, phone: str, before: int | None) -> "QuerySet[CapturedMessage]":
    """Newest first: what was sent to the phone, and what it sent; some carriers write numbers without their plus."""
    names = {phone, phone.lstrip("+"), f"+{phone}" if phone.isdigit() else phone}
    out, received = CapturedMessage.Direction.OUT, CapturedMessage.Direction.IN
    found = CapturedMessage.objects.filter(
        Q(direction=out, recipient__in=names) | Q(direction=received, sender__in=names), project=project
    ).order_by("-pk")
    return found.filter(pk__lt=before) if before else found
