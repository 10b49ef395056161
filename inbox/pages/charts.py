"""Small charts of days as SVG, without scripts. The words beside them and their labels say the same."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from django.template.defaultfilters import floatformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from inbox.pages.measures import Sum

_STEP, _BAR, _HEIGHT = 8, 6, 28
_SCALE = 10.0  # seconds: the least that the full height represents, so that small differences look small


def uptime(days: Sequence[Sum]) -> SafeString:
    """Draw a bar for each day: full if all arrived, partial if some did, crossed out if none did; else a dot."""
    lossy = sum(day.arrived < day.sent for day in days)
    unmeasured = sum(not day.sent for day in days)
    label = gettext("Days without losses: %(well)d, with losses: %(lossy)d, not measured: %(unmeasured)d") % {
        "well": len(days) - lossy - unmeasured,
        "lossy": lossy,
        "unmeasured": unmeasured,
    }
    arrived = "".join(
        _draw_bar(place, day.arrived / day.sent) for place, day in enumerate(days) if day.arrived
    )
    lost = "".join(
        _draw_outline(place, crossed=not day.arrived)
        for place, day in enumerate(days)
        if day.arrived < day.sent
    )
    dots = "".join(
        f"M{place * _STEP + 2} {_HEIGHT - 3}h2v2h-2z" for place, day in enumerate(days) if not day.sent
    )
    return _draw_svg(label, len(days), arrived=arrived, lost=lost, dots=dots)


def medians(days: Sequence[Sum]) -> SafeString:
    """Draw a line through each day's median, from zero to the slowest day; with gaps where none was measured."""
    known = [day.median for day in days if day.median is not None]
    if not known:
        return SafeString("")
    label = gettext("Typical delay per day: %(least)s s at best, %(most)s s at worst") % {
        "least": floatformat(min(known), 1),
        "most": floatformat(max(known), 1),
    }
    return _draw_svg(label, len(days), line="".join(_join_days(days, max(_SCALE, *known))))


def _join_days(days: Sequence[Sum], most: float) -> Iterator[str]:
    """Join consecutive days, without those that have no value; a single day is a dot."""
    for measured, run in groupby(enumerate(days), key=lambda item: item[1].median is not None):
        if measured:
            points = [(place * _STEP + 3, _height_of(day.median or 0.0, most)) for place, day in run]
            yield "M" + "L".join(f"{x} {y}" for x, y in points) + ("h0" if len(points) == 1 else "")


def _height_of(seconds: float, most: float) -> int:
    return round(_HEIGHT - 3 - (_HEIGHT - 6) * seconds / most)


def _draw_bar(place: int, share: float) -> str:
    # At least two units, so that a bad day does not look like one without a measurement
    height = max(2, round(share * _HEIGHT))
    return f"M{place * _STEP} {_HEIGHT}v-{height}h{_BAR}v{height}z"


def _draw_outline(place: int, *, crossed: bool) -> str:
    left, width, height = place * _STEP + 1, _BAR - 2, _HEIGHT - 2
    box = f"M{left} 1h{width}v{height}h-{width}z"
    return box + f"l{width} {height}m0 -{height}l-{width} {height}" if crossed else box


def _draw_svg(label: str, days: int, **paths: str) -> SafeString:
    """Draw a picture of paths, each with its class."""
    width = days * _STEP
    drawn = format_html_join("", '<path class="{}" d="{}"/>', (item for item in paths.items() if item[1]))
    return format_html(
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        label,
        *(width, _HEIGHT) * 2,
        drawn,
    )
