"""One number's inbox: its page, and the poll behind it."""

from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox import reading
from inbox.live.frames import message_frame_content
from inbox.pages.cards import card, shown_numbers
from inbox.safety import reports
from numbers.models import Canary, Health, Lease, Number


@require_safe
@never_cache
def number(request: HttpRequest, digits: str) -> HttpResponse:
    """One inbox: the newest messages, and what the live socket needs to go on from there."""
    found = _with_proof().filter(e164=f"+{digits}", ever_public=True).first()
    if found is None:
        return render(request, "inbox/unknown.html", {"digits": digits}, status=404)
    lease = found.leases.filter(state__in=Lease.SHOWN).first() if found.public else None
    if lease is None:
        context = {"number": card(found), "taken_down": reports.taken_down(found)}
        return render(request, "inbox/retired.html", context, status=410)
    context = {
        "number": card(found, lease),
        "lease": lease,
        "messages": reading.newest(found.pk, found.e164),
        "withheld": reading.withheld(found.pk),
        "page": reading.PAGE,
        "kept_for": found.retention or settings.MESSAGE_RETENTION,
        "code_life": found.code_life or settings.CODE_LIFE,
        "now": timezone.now(),
        "proof": _proof(found),
    }
    return render(request, "inbox/number.html", context)


@require_safe
@never_cache
def poll(request: HttpRequest, digits: str) -> JsonResponse:
    """What came after an id, as the socket's frames, oldest first; and the ids of all that the page shows now.

    It is the fallback of a page without a socket and the safety net of one with it: by `ids` a page drops what has
    been withheld or forgotten meanwhile, whether or not it was told.
    """
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        return JsonResponse({"error": "after must be a message id"}, status=400)
    found = shown_numbers().filter(e164=f"+{digits}").first()
    if found is None:
        return JsonResponse({"frames": [{"type": "retired", "id": 0}]}, status=410)
    newest = reading.newest(found.pk, found.e164)
    frames = [message_frame_content(message) for message in reading.since(newest, int(after))]
    return JsonResponse({"frames": frames, "ids": [message["id"] for message in newest]})


def _with_proof() -> QuerySet[Number]:
    """Numbers with what they were seen to receive, and when our own test message last arrived: one query."""
    arrived = Canary.objects.filter(number=OuterRef("pk"), state=Canary.State.SEEN).order_by("-sent_at")
    return Number.objects.select_related("health").annotate(canary_at=Subquery(arrived.values("seen_at")[:1]))


def _proof(number: Number) -> dict[str, Any]:
    """What a number was really seen to receive, and when a carrier blanked a message to it."""
    health = number.health if hasattr(number, "health") else Health()
    kinds = (
        ("one-time codes", health.code_at),
        ("messages from short codes", health.short_code_at),
        ("from names", health.name_at),
        ("from abroad", health.international_at),
    )
    received = [(words, at) for words, at in kinds if at]
    canary_at = getattr(number, "canary_at", None)
    return {"received": received, "filtered_at": health.filtered_at, "canary_at": canary_at}
