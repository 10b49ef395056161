"""Who may see the sandbox's pages: people on this machine, and operators as far as their permissions go."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from inbox.sandbox import projects
from inbox.sandbox.models import Project
from tempsms.lib import this_machine

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, Project, _Rest], HttpResponse]


def for_whoever_may(action: str) -> Callable[[_View[_Rest]], Callable[..., HttpResponse]]:
    """A view of a project for those who may `view`, `change`, `add` or `delete`; the address names the project."""

    def decorate(view: _View[_Rest]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(
            request: HttpRequest, name: str, *rest: _Rest.args, **named: _Rest.kwargs
        ) -> HttpResponse:
            if answer := _refuse_stranger(request, action):
                return answer
            return view(request, _find_project(name), *rest, **named)

        return checked

    return decorate


def may(request: HttpRequest, action: str) -> bool:
    """Whether whoever asks may do this."""
    return this_machine.asks_for_page(request) or request.user.has_perm(f"sandbox.{action}_capturedmessage")


def _refuse_stranger(request: HttpRequest, action: str) -> HttpResponse | None:
    """The answer to who may not do this: a login, or, for who is logged in, that there is nothing."""
    if may(request, action):
        return None
    if request.user.is_authenticated:
        raise Http404
    return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.path})}")


def _find_project(name: str) -> Project:
    project = projects.find_for("", name)
    if project is None:
        raise Http404
    return project
