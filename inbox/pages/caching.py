"""What caches may keep of the public pages: our own memory for half a second, proxies and CDNs for a second."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control

from inbox.messages.queries import Message
from inbox.messages.views import rfc3339
from tempsms.lib.page_memory import etag_of

HELD_FOR = timedelta(seconds=2)
"""Longer than any cache may keep a page: a page on which something ends sooner is kept by none."""

View = Callable[..., HttpResponse]
Answer = TypeVar("Answer", bound=HttpResponse)


def shared_briefly(view: View) -> View:
    """A view whose answer shared caches may keep for a second; browsers ask each time whether it is the same."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, public=True, max_age=0, s_maxage=1, must_revalidate=True)
            # before it is compressed: memory would have to undo that
            response["ETag"] = etag_of(response.content).decode()
        return response

    return answer


def keep_nowhere_if(ending: bool, response: Answer) -> Answer:
    """The answer; no cache keeps it when something on it is about to end."""
    if ending:
        add_never_cache_headers(response)
    return response


def is_ending(messages: Iterable[Message]) -> bool:
    """Whether the code of a message expires before a cache would let go of its page."""
    soon = rfc3339(timezone.now() + HELD_FOR)
    # Compared as text: RFC 3339 in UTC, always to the millisecond, sorts like time
    return any(message["sealed"] and message["sealed"]["expires_at"] < soon for message in messages)
