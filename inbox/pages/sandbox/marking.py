"""What people note on messages: `.../messages/<id>/mark/` for one, `/sandbox/<project>/read/` for all."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inbox.pages.sandbox.access import for_whoever_may
from inbox.sandbox import marks
from inbox.sandbox.models import CapturedMessage, Project


@never_cache
@require_POST
@for_whoever_may("change")
def mark(request: HttpRequest, project: Project, message_id: int) -> HttpResponse:
    """Add or remove a tag, and show the message; or have it unread, and show the list."""
    message = CapturedMessage.objects.filter(project=project, pk=message_id).first()
    if message is None:
        raise Http404
    page = reverse("sandbox-message", args=[project.name, message_id])
    if "unread" in request.POST:
        marks.set_unread(message, True)
        return redirect("sandbox-project", project.name)
    marks.remove_tag(message, request.POST.get("untag", ""))
    if tag := request.POST.get("tag", ""):
        try:
            marks.add_tag(message, tag)
        except marks.BadTag:
            return redirect(f"{page}?bad-tag#tags")
    return redirect(f"{page}#tags")


@never_cache
@require_POST
@for_whoever_may("change")
def read_all(request: HttpRequest, project: Project) -> HttpResponse:
    """Note that all messages of a project have been read."""
    marks.set_all_read(project)
    return redirect("sandbox-project", project.name)
