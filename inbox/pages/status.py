"""How well numbers receive, by country and by number, measured by our own test messages."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inbox.pages import charts, countries, measures
from inbox.pages.cards import card, shown_numbers
from inbox.pages.measures import Record
from numbers import canaries
from numbers.models import Lease

LOOKED_BACK = timedelta(days=14)
MOST = 100
"""Numbers on one page; if there are more, the visitor chooses a country."""


@require_safe
@cache_control(public=True, max_age=60)
def status(request: HttpRequest) -> HttpResponse:
    """Render state, uptime, delay and last test message of each country and public number; `country` selects one."""
    found = measures.of_days(LOOKED_BACK.days)
    leases = _count_leases()
    chosen = request.GET.get("country", "").upper()
    count = sum(leases.get(chosen, Counter()).values())
    if chosen not in leases:
        chosen, count = "", sum(sum(states.values()) for states in leases.values())
    numbers = shown_numbers().filter(country=chosen) if chosen else shown_numbers()
    shown = numbers[:MOST] if chosen or count <= MOST else []
    by_country = _list_countries(leases, found.countries)
    by_number = [card(number) | _make_row(found.numbers.get(number.pk)) for number in shown]
    context = {
        "days": LOOKED_BACK.days,
        "all": _make_row(found.everything),
        "countries": by_country,
        "of_countries": _find_columns(by_country),
        "chosen": countries.country(chosen, get_language() or "en") if chosen else None,
        "numbers": by_number,
        "of_numbers": _find_columns(by_number),
        "count": count,
        "most": MOST,
        "every": settings.CANARY_EVERY,
        "lost_after": canaries.LOST_AFTER,
    }
    return render(request, "inbox/status.html", context)


def _count_leases() -> dict[str, Counter[str]]:
    """Count the public numbers of each country in each state that is shown."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    shown = Lease.objects.with_public_page()
    for country, state, count in shown.values_list("number__country", "state").annotate(count=Count("pk")):
        found[country][state] = count
    return dict(found)


def _list_countries(leases: dict[str, Counter[str]], records: dict[str, Record]) -> list[dict[str, Any]]:
    """Make a row for each country, by name."""
    language = get_language() or "en"
    rows = [
        {
            "country": countries.country(iso2, language),
            "live": states[Lease.State.ACTIVE],
            "draining": states[Lease.State.DRAINING],
            **_make_row(records.get(iso2)),
        }
        for iso2, states in leases.items()
    ]
    return sorted(rows, key=lambda row: str(row["country"].alphabetical))


def _find_columns(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Return which columns say something in at least one of the rows; the others are left out."""
    return {
        "uptime": any(row["measured"].sent for row in rows),
        "median": any(row["measured"].median is not None for row in rows),
        "state": any(row["draining"] for row in rows),
        "heard": any(row.get("heard_at") for row in rows),
    }


def _make_row(record: Record | None) -> dict[str, Any]:
    """Return the sums and charts of a record."""
    record = record or measures.unmeasured(LOOKED_BACK.days)
    return {
        "measured": record.all,
        "uptime_chart": charts.uptime(record.days) if record.all.sent else "",
        "median_chart": charts.medians(record.days),
    }
