"""`/sandbox/<project>/prices/`: what a segment costs the project, so that its messages can be estimated."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.pages.sandbox.access import for_whoever_may
from inbox.sandbox import prices
from inbox.sandbox.models import Project


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_whoever_may("change")
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    """Render the price list as a form; POST sets it, or names the line that is wrong."""
    text, wrong = "\n".join(project.prices), ""
    if request.method == "POST":
        text = request.POST.get("prices", "")
        try:
            prices.set_list(project, text)
        except prices.BadPrice as error:
            wrong = str(error)
        else:
            return redirect("sandbox-project", project.name)
    context = {"project": project, "prices": text, "wrong": wrong, "example": prices.EXAMPLE}
    return render(request, "inbox/sandbox_prices.html", context, status=422 if wrong else 200)
