"""With PostgreSQL away, pages say so and when to come again, instead of failing or hanging."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

RETRY_AFTER = "10"


class Outage:
    """Middleware: 503 with Retry-After for what a view could not ask the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer when the error is the database's absence."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        if request.path.endswith("/poll/"):
            return JsonResponse({"error": "try again"}, status=503, headers=headers)
        answer = render(request, "503.html", status=503)
        for name, value in headers.items():
            answer[name] = value
        return answer
