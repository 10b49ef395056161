"""What the admin pages share: state colours, read-only rows, and confirmation before money is spent."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from numbers.ledger import plain

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
    """Finds phone numbers however they are typed: with or without a plus, spaces, or a leading 00 or 0."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """The rows that match the search term, or only its digits if it looks like a phone number."""
        found: Any = super().get_search_results(  # type: ignore[misc]
            request, queryset, digits_of(search_term) or search_term
        )
        return found


def digits_of(text: str) -> str:
    """The digits of what looks like a phone number, without leading zeros; otherwise an empty string."""
    written = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if len(written) < 3 or not written.isdecimal():
        return ""
    return "".join(str(int(digit)) for digit in written).lstrip("0")


class ReadOnly(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Rows that only the application writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are never added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never deleted by hand."""
        return False


def actor(request: HttpRequest) -> str:
    """The name under which an operator's action is recorded in the timeline."""
    return request.user.get_username()[:40]


@dataclass(frozen=True, slots=True)
class Question:
    """What the confirmation page of an action says.

    The button reads `verb`, the number of rows and `noun`, with their total cost if the action `spends` it;
    `empty` replaces the table when none of the selected rows qualify.
    """

    action: str
    title: str
    verb: str
    empty: str
    noun: str = "number"
    heading: str = "Per month"
    spends: bool = False

    def button(self, count: int, totals: dict[str, Decimal]) -> str:
        """The label of the button that confirms: what it does, to how many rows, at what cost."""
        label = f"{self.verb} {count} {self.noun}{'' if count == 1 else 's'}"
        if not self.spends:
            return label
        sums = " and ".join(f"{_as_price(total)} {currency}" for currency, total in totals.items())
        return f"{label} for {sums}{' per month' if self.heading == 'Per month' else ''}"


def _as_price(amount: Decimal) -> str:
    """An amount with two decimals, or with more where it has fractions of a cent."""
    return f"{amount:.2f}" if amount == round(amount, 2) else plain(amount)


def ask_first(
    request: HttpRequest,
    page: ModelAdmin,
    question: Question,
    lines: Iterable[tuple[str, Decimal, str]],
    notes: Iterable[str] = (),
) -> TemplateResponse | None:
    """The page that asks an operator to confirm an action, or None once it has been confirmed there.

    `lines` are the rows that qualify, with cost and currency; `notes` say why there are not more of them.
    """
    if request.POST.get("confirmed"):
        return None
    rows = list(lines)
    totals: dict[str, Decimal] = {}
    for _, cost, currency in rows:
        totals[currency] = totals.get(currency, Decimal(0)) + cost
    context = {
        **page.admin_site.each_context(request),
        "title": question.title,
        "opts": page.model._meta,
        "action": question.action,
        "lines": rows,
        "notes": list(notes),
        "empty": question.empty,
        "button": question.button(len(rows), totals),
        "cost_heading": question.heading,
        "totals": totals.items(),
        "selected": request.POST.getlist("_selected_action"),
        # all rows of the list, also those on its other pages
        "select_across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "admin/confirm.html", context)
