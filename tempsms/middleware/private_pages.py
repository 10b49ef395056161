"""Pages behind a secret address, `/r/<token>/`: nobody else learns it from our answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from numbers.rental_links import PREFIX


class PrivatePages:
    """Middleware outside of all others: what it says holds for every answer, redirects and failures too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """No referrer to anyone, ourselves included; no cache keeps it; no search engine lists it."""
        answer = self._get_response(request)
        if request.path.startswith(PREFIX):
            add_never_cache_headers(answer)
            answer["Referrer-Policy"] = "no-referrer"
            answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return answer
