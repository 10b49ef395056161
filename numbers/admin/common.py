"""What operators' pages share: colours, read-only rows, and asking before money moves."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

_SEPARATORS = re.compile(r"[\s+()./\-\u2010-\u2015\u200e\u200f]")
STATE_COLOURS = {
    "active": "success",
    "done": "success",
    "ordered": "info",
    "provisioning": "info",
    "waiting": "info",
    "calling": "info",
    "draining": "warning",
    "quarantined": "warning",
    "uncertain": "warning",
    "sending": "info",
    "sent": "info",
    "seen": "success",
    "lost": "danger",
    "failed": "danger",
    "refused": "danger",
}


class NumberSearch:
    """Finds phone numbers however they are written: with a plus or without, with blanks, 00 or 0 before them."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """The rows that match what was typed, or its digits where it looks like a number."""
        found: Any = super().get_search_results(  # type: ignore[misc]
            request, queryset, digits_of(search_term) or search_term
        )
        return found


def digits_of(text: str) -> str:
    """The digits of what looks like a phone number, without the zeros before it; else nothing."""
    written = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if len(written) < 3 or not written.isdecimal():
        return ""
    return "".join(str(int(digit)) for digit in written).lstrip("0")


class ReadOnly(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Rows that only the product writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds them by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes them by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes them by hand."""
        return False


def actor(request: HttpRequest) -> str:
    """Who stands in the timeline."""
    return request.user.get_username()[:40]


def ask_first(
    request: HttpRequest,
    page: ModelAdmin,
    action: str,
    title: str,
    lines: Iterable[tuple[str, Decimal, str]],
    notes: Iterable[str] = (),
    heading: str = "A month",
) -> TemplateResponse | None:
    """A page that shows what an action would do and cost, or None once the operator has confirmed it there.

    `lines` are what is concerned, its cost (`heading` says which), and the currency; `notes` say why it is not more.
    """
    if request.POST.get("confirmed"):
        return None
    found = list(lines)
    totals: dict[str, Decimal] = {}
    for _, cost, currency in found:
        totals[currency] = totals.get(currency, Decimal(0)) + cost
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.model._meta,
        "action": action,
        "lines": found,
        "notes": list(notes),
        "cost_heading": heading,
        "totals": totals.items(),
        "selected": request.POST.getlist("_selected_action"),
    }
    return TemplateResponse(request, "admin/confirm.html", context)
