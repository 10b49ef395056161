"""How well numbers receive: what became of our own test messages to them, drawn here, without scripts."""

from collections import defaultdict
from datetime import timedelta
from statistics import median
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inbox.pages.cards import card, shown_numbers
from numbers.models import Canary

LOOKED_BACK = timedelta(days=14)
BARS = 28
_WIDTH, _HEIGHT = 6, 32
_SLOWEST = 60.0  # seconds; what took longer fills its bar

Outcome = float | None
"""Seconds from sending to arrival, or None for a test message that was lost."""


@require_safe
@cache_control(public=True, max_age=60)
def status(request: HttpRequest) -> HttpResponse:
    """Each public number: its state, its last message, and its test messages of the last two weeks."""
    outcomes = _outcomes()
    rows = [{**card(number), **_sums(outcomes[number.pk])} for number in shown_numbers()]
    everything = _sums([outcome for found in outcomes.values() for outcome in found])
    context = {"numbers": rows, "all": everything, "days": LOOKED_BACK.days}
    return render(request, "inbox/status.html", context)


def _outcomes() -> dict[int, list[Outcome]]:
    """What became of the test messages to each number, the oldest first."""
    found: dict[int, list[Outcome]] = defaultdict(list)
    settled = Canary.objects.filter(
        state__in=[Canary.State.SEEN, Canary.State.LOST], sent_at__gte=timezone.now() - LOOKED_BACK
    )
    for number_id, sent_at, seen_at in settled.order_by("sent_at").values_list(
        "number_id", "sent_at", "seen_at"
    ):
        found[number_id].append((seen_at - sent_at).total_seconds() if seen_at else None)
    return found


def _sums(outcomes: list[Outcome]) -> dict[str, Any]:
    """How many arrived, how fast the median was, and the chart."""
    seconds = [outcome for outcome in outcomes if outcome is not None]
    return {
        "sent": len(outcomes),
        "arrived": len(seconds),
        "percent": round(100 * len(seconds) / len(outcomes)) if outcomes else None,
        "median": round(median(seconds), 1) if seconds else None,
        "chart": _chart(outcomes[-BARS:]),
    }


def _chart(outcomes: list[Outcome]) -> SafeString:
    """A bar for each test message: as high as it took long; a lost one is crossed out. Words say the same."""
    if not outcomes:
        return SafeString("")
    lost = sum(outcome is None for outcome in outcomes)
    bars = format_html_join("", "{}", ((_bar(place, outcome),) for place, outcome in enumerate(outcomes)))
    return format_html(
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        gettext("%(sent)d test messages, %(lost)d lost") % {"sent": len(outcomes), "lost": lost},
        *(BARS * _WIDTH, _HEIGHT) * 2,
        bars,
    )


def _bar(place: int, outcome: Outcome) -> SafeString:
    left = place * _WIDTH
    if outcome is None:
        lines = f"M{left} 2l4 {_HEIGHT - 4}m0 -{_HEIGHT - 4}l-4 {_HEIGHT - 4}"
        return format_html('<path class="lost" d="{}"/>', lines)
    height = max(2, round(min(1.0, outcome / _SLOWEST) * (_HEIGHT - 2)))
    return format_html('<rect x="{}" y="{}" width="4" height="{}" rx="1"/>', left, _HEIGHT - height, height)
