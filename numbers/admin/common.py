"""What the admin pages share: state colours, and confirmation before money is spent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from numbers.models import Canary, Intent, Lease
from tempsms.lib import money

STATE_COLOURS: dict[str, str] = {
    Lease.State.ORDERED: "info",
    Lease.State.PROVISIONING: "info",
    Lease.State.ACTIVE: "success",
    Lease.State.DRAINING: "warning",
    Lease.State.QUARANTINED: "warning",
    Lease.State.FAILED: "danger",
    Intent.State.WAITING: "info",
    Intent.State.CALLING: "info",
    Intent.State.UNCERTAIN: "warning",
    Intent.State.DONE: "success",
    Intent.State.REFUSED: "danger",
    Canary.State.SENDING: "info",
    Canary.State.SENT: "info",
    Canary.State.SEEN: "success",
    Canary.State.LOST: "danger",
}


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
        sums = " and ".join(f"{money.write_price(total)} {currency}" for currency, total in totals.items())
        return f"{label} for {sums}{' per month' if self.heading == 'Per month' else ''}"


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
    # The action runs twice: first it shows what it would do, then the button of that page posts it again
    if request.POST.get("confirmed"):
        return None
    rows = list(lines)
    totals: dict[str, Decimal] = {}
    for _, cost, currency in rows:
        # Never added across currencies
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
