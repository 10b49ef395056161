"""What operators' pages share: colours, read-only rows, and asking before money moves."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

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


class ReadOnly(ModelAdmin):  # type: ignore[misc]
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
) -> TemplateResponse | None:
    """A page that shows what an action would do and cost, or None once the operator has confirmed it there.

    `lines` are what is concerned, its monthly cost, and the currency.
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
        "totals": totals.items(),
        "selected": request.POST.getlist("_selected_action"),
    }
    return TemplateResponse(request, "admin/confirm.html", context)
