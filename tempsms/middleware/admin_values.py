"""Answers 400 to admin addresses and forms with values that no row can have; Django would fail with 500."""

import re
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

_ROW = re.compile(r"[0-9]{1,18}")
_TOO_LONG = re.compile(r"[0-9]{19,}")
_REFUSAL = "{!r} has a value that it cannot have. Go back, reload the page and try again.\n"


class AdminValues:
    """Middleware: 400 under /admin/ for NUL characters, rows that are not numbers, and filters by endless numbers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request, or pass it on."""
        if request.path.startswith("/admin/") and (name := next(_list_impossible(request), None)):
            return HttpResponseBadRequest(_REFUSAL.format(name), "text/plain; charset=utf-8")
        return self.get_response(request)


def _list_impossible(request: HttpRequest) -> Iterator[str]:
    """The names of parameters and fields with an impossible value."""
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            with_nul = any("\0" in text for text in (name, *values))
            no_row = name == "_selected_action" and not all(map(_ROW.fullmatch, values))
            endless = given is request.GET and name != "q" and any(map(_TOO_LONG.fullmatch, values))
            if with_nul or no_row or endless:
                yield name
