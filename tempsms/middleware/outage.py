"""Answers pages with 503 and Retry-After while PostgreSQL is unavailable, instead of failing or hanging."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

RETRY_AFTER = "10"


class Outage:
    """Middleware: 503 with Retry-After if a view could not reach the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer if the error means that the database is unavailable; otherwise None."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        if request.path.endswith("/poll/"):
            return JsonResponse({"error": "try again"}, status=503, headers=headers)
        answer = render(request, "503.html", status=503)
        for name, value in headers.items():
            answer[name] = value
        return answer
