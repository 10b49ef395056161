"""`/sandbox/<project>/receive/`: a form that sends a message of a phone to the program, as its carrier would."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.messages.matching import LONGEST_SENDER
from inbox.pages.sandbox.access import for_whoever_may
from inbox.pages.sandbox.replies import Reply, find_target, list_carriers
from inbox.sandbox import inbound
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import LONGEST_URL
from inbox.sandbox.models import Project
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Media

MOST_FILES = 10
USUAL = next(iter(CARRIERS))
"""The carrier that is proposed."""


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody wrote, and what is wrong with it."""

    sender: str = ""
    reply: Reply = field(default_factory=Reply)
    media: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, project: Project, form: Mapping[str, str]) -> Self:
        """What a form says, with a text for each field that cannot be sent so."""
        sender = form.get("from", "").strip()
        reply = Reply.read(project, sender, form)
        errors = dict(reply.errors)
        media = tuple(form.get("media", "").split())
        if media and not reply.body:
            errors.pop("body", None)
        if not (0 < len(sender) <= LONGEST_SENDER and sender.isprintable()):
            errors["from"] = gettext("Say whose phone it comes from.")
            errors.pop("to", None)
        if len(media) > MOST_FILES or not all(map(_is_web_address, media)):
            errors["media"] = gettext("Write the addresses of at most %(count)d files, one a line.") % {
                "count": MOST_FILES
            }
        return cls(sender, reply, media, errors)

    @property
    def files(self) -> list[Media]:
        """The files, each with the type that its name says."""
        return [Media(url, _guess_type(url)) for url in self.media]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_whoever_may("add")
def receive(request: HttpRequest, project: Project) -> HttpResponse:
    """Render the form, or send what it says and show the message, with what the program answers."""
    if request.method != "POST":
        form = Form(reply=Reply(carrier=USUAL, url=find_target(project, USUAL)))
        return _render_page(request, project, form)
    form = Form.read(project, request.POST)
    if form.errors:
        return _render_page(request, project, form, 422)
    reply = form.reply
    try:
        kept = inbound.send(project, reply.carrier, form.sender, reply.to, reply.body, reply.url, form.files)
    except Unsupported as error:
        form = Form(form.sender, reply, form.media, {"media": str(error)})
        return _render_page(request, project, form, 422)
    return redirect(reverse("sandbox-message", args=[project.name, kept.pk]))


def _render_page(request: HttpRequest, project: Project, form: Form, status: int = 200) -> HttpResponse:
    context = {"project": project, "form": form, "reply": form.reply, "carriers": list_carriers(project)}
    return render(request, "inbox/sandbox_receive.html", context, status=status)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        found = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
    return found and len(text) <= LONGEST_URL and text.isprintable()


def _guess_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
