"""`/sandbox/<project>/delete/`: deletes one message at once, and all that match once that is confirmed."""

from urllib.parse import urlencode

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.live.slots import message_id
from inbox.pages.sandbox.access import for_whoever_may
from inbox.sandbox import search
from inbox.sandbox.models import CapturedMessage, Project

ALL = "all"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_whoever_may("delete")
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask whether the messages that match are to be deleted; POST deletes them, or one, and shows what is left."""
    if request.method != "POST":
        return _ask_first(request, project)
    asked, chosen = request.POST.get("q", "").strip(), request.POST.get("message", "")
    found = CapturedMessage.objects.filter(project=project)
    address = reverse("sandbox-project", args=[project.name])
    if chosen == ALL:
        # what has come since it was asked for was not meant
        newest = message_id(request.POST.get("newest", "")) or 0
        search.matching(found.filter(pk__lte=newest), asked).delete()
        return redirect(address)
    if pk := message_id(chosen):
        found.filter(pk=pk).delete()
    return redirect(f"{address}?{urlencode({'q': asked})}" if asked else address)


def _ask_first(request: HttpRequest, project: Project) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    found = search.matching(CapturedMessage.objects.filter(project=project), asked)
    newest = found.aggregate(newest=Max("pk"), count=Count("pk"))
    context = {"project": project, "asked": asked, "all": ALL, **newest}
    return render(request, "inbox/sandbox_delete.html", context)
