"""One inbox: the page of a public number, the poll behind it, and what both share with those of a rental."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from inbox.live.frames import message_frame_content
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.moderation.withheld import count_by_reason
from inbox.pages import measures, missing
from inbox.pages.caching import HELD_FOR, is_ending, keep_nowhere_if, shared_briefly
from inbox.pages.cards import card, received, shown_numbers
from inbox.pages.status import LOOKED_BACK
from numbers.models import Lease, Number


@require_safe
@shared_briefly
def number(request: HttpRequest, digits: str) -> HttpResponse:
    """Render a public inbox: the newest messages, and where the live socket continues."""
    leases = Lease.objects.with_public_page().select_related("number__health")
    lease = leases.filter(number__e164=f"+{digits}").first()
    if lease is None:
        return _render_missing(request, digits)
    found = lease.number
    arrivals = measures.of_number(found.pk, LOOKED_BACK)
    withheld = count_by_reason(found.pk)
    context = {
        **contents(request, Inbox(found.pk, found.e164)),
        "number": card(found, lease),
        "lease": lease,
        "usual": arrivals.median,
        "withheld": withheld,
        "withheld_count": sum(count for _, count in withheld),
        "kept_for": found.retention or settings.MESSAGE_RETENTION,
        "code_life": found.code_life or settings.CODE_LIFE,
        "proof": _prove_received(found, arrivals.last_seen),
    }
    answer: HttpResponse = render(request, "inbox/number.html", context)
    return keep_nowhere_if(is_ending(context["messages"]), answer)


def _render_missing(request: HttpRequest, digits: str) -> HttpResponse:
    # Numbers that were never public get the same answer as unknown ones, so that nobody learns which we have
    found = Number.objects.filter(e164=f"+{digits}", ever_public=True).first()
    return missing.retired(request, found) if found else missing.unknown(request, digits)


@require_safe
@shared_briefly
def poll(request: HttpRequest, digits: str) -> JsonResponse:
    """Return what arrived at a public number after an id."""
    found = shown_numbers().filter(e164=f"+{digits}").first()
    return polled(request, Inbox(found.pk, found.e164) if found else None)


def polled(request: HttpRequest, inbox: Inbox | None) -> JsonResponse:
    """Return what arrived after an id as the socket's frames, oldest first, and the ids of all that the page shows.

    It is the fallback of a page without a socket and the safety net of one with it: by `ids` a page drops what has
    been withheld or forgotten meanwhile, whether or not it got the notice. They are the newest fifty, or, for a page
    that shows older messages, those from the id `to` on. Without an inbox it says that it has ended.
    """
    after, to = request.GET.get("after", "0"), request.GET.get("to", "0")
    if not (_is_id(after) and _is_id(to)):
        return JsonResponse({"error": "after and to must be message ids"}, status=400)
    if inbox is None:
        return JsonResponse({"frames": [{"type": "retired", "id": 0}]}, status=410)
    newest = queries.newest(inbox)
    # Also some that are a little older: ids of different writers become visible out of order
    missed = queries.since(newest, int(after))
    frames = [message_frame_content(message, private=inbox.private) for message in missed]
    ids = queries.ids_from(inbox, int(to)) if int(to) else [message["id"] for message in newest]
    return keep_nowhere_if(is_ending(missed), JsonResponse({"frames": frames, "ids": ids}))


def contents(request: HttpRequest, inbox: Inbox) -> dict[str, Any]:
    """Return the messages that an inbox's page shows, and where it gets more of them."""
    asked = _read_search(request)
    if asked:
        messages, more = queries.narrowed(inbox, **asked)
    else:
        messages = queries.newest(inbox)
        more = messages[-1]["id"] if len(messages) == queries.PAGE else 0
    return {
        "messages": messages,
        "asked": asked,
        "more": request.path + "?" + urlencode({**_as_query(asked), "before": more}) if more else "",
        "private": inbox.private,
        "qr": _draw_qr(inbox.e164),
        "page": queries.PAGE,
        # no later than this is the page read from memory: by it a code vanishes a little early, never late
        "now": timezone.now() + HELD_FOR,
        "addresses": {
            "poll": f"{request.path}poll/",
            "socket": f"/ws{request.path}",
            "events": f"/sse{request.path}",
        },
    }


def _read_search(request: HttpRequest) -> dict[str, Any]:
    """Read the search (`from`, `q`, `before`) from the address; empty for the live page. Invalid values are ignored."""
    before = request.GET.get("before", "")
    asked: dict[str, Any] = {
        "sender": request.GET.get("from", "")[:64],
        "text": request.GET.get("q", "").strip()[:100],
        "before": int(before) if _is_id(before) else 0,
    }
    return {name: value for name, value in asked.items() if value}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _as_query(asked: dict[str, Any]) -> dict[str, Any]:
    names = {"sender": "from", "text": "q"}
    return {names[name]: value for name, value in asked.items() if name in names}


@lru_cache(maxsize=1024)
def _draw_qr(e164: str) -> SafeString:
    """Draw a QR code that opens a message to the number (RFC 5724), as SVG."""
    # To choose among the eight masks takes five times as long as all the rest. For numbers this one is the best on
    # average, its penalty (ISO/IEC 18004) 1 % above that of the best for each
    svg = segno.make(f"sms:{e164}", micro=False, mask=2).svg_inline(
        border=2, omitsize=True, svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # noqa: S308 (made of digits, by us)


def _prove_received(number: Number, canary_at: datetime | None) -> dict[str, Any]:
    """Return what a number was really seen to receive, and when a carrier last redacted a message to it."""
    filtered_at = number.health.filtered_at if hasattr(number, "health") else None
    return {"received": received(number), "filtered_at": filtered_at, "canary_at": canary_at}
