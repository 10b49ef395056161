"""Admin pages of the ledger and of differences between our records and the carriers'."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.decorators import action, display

from numbers import accounts, audit
from numbers.admin.common import Question, ask_first
from numbers.carriers.errors import CarrierError
from numbers.models import Charge, Finding
from tempsms.lib.admin import ReadOnly, actor

COLOURS: dict[str, str] = {
    Finding.What.ORPHAN: "danger",
    Finding.What.MISSING: "danger",
    Finding.What.DRIFT: "warning",
    Finding.What.IDLE: "info",
    Finding.What.STUCK: "danger",
    Finding.What.REFUSED: "danger",
}
_ADOPT = Question("adopt", "Adopt these numbers?", "Adopt", "None of the selected rows is an open orphan.")
_REPAIR = Question(
    "mend",
    "Point these numbers at our webhook address?",
    "Repoint",
    "None of the selected rows is an open drift.",
)
_RETIRE = Question(
    "give_up", "Retire these numbers?", "Retire", "None of the selected rows is an open idle number."
)


@admin.register(Charge)
class ChargeAdmin(ReadOnly):
    """The ledger."""

    list_display = ["period", "what", "lease", "amount", "currency"]
    list_filter = ["what", "currency", "lease__account"]
    list_select_related = ["lease__number", "lease__account"]
    date_hierarchy = "period"


class OpenFilter(admin.SimpleListFilter):
    """Shows only open differences unless another state is selected."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The selectable states other than the default, open."""
        return [("settled", "resolved"), ("all", "all")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Finding]) -> QuerySet[Finding]:
        """The open, the resolved, or all differences."""
        if self.value() == "all":
            return queryset
        return (
            queryset.exclude(settled_at=None)
            if self.value() == "settled"
            else queryset.filter(settled_at=None)
        )


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    """Differences with carriers, and the actions that resolve them."""

    list_display = [
        "shown_what",
        "e164",
        "account",
        "detail",
        "monthly_cost",
        "currency",
        "times",
        "found_at",
        "seen_at",
        "settled_at",
    ]
    list_filter = [OpenFilter, "what", "account"]
    list_select_related = ["account"]
    actions = ["adopt", "mend", "give_up"]

    @display(description="type", label=COLOURS)
    def shown_what(self, finding: Finding) -> str:
        """The type as a coloured label."""
        return finding.what

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change leases."""
        return request.user.has_perm("numbers.change_lease")

    @action(description="Adopt orphaned numbers", permissions=["settle"])
    def adopt(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Adopt orphaned numbers as private ones."""
        return self._settle_chosen(request, queryset, _ADOPT, Finding.What.ORPHAN, audit.adopt)

    @action(description="Repair the webhook address", permissions=["settle"])
    def mend(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Point drifted numbers at our webhook address again."""
        return self._settle_chosen(request, queryset, _REPAIR, Finding.What.DRIFT, audit.repoint_webhook)

    @action(description="Retire idle numbers", permissions=["settle"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Retire idle numbers."""
        who = actor(request)
        return self._settle_chosen(
            request, queryset, _RETIRE, Finding.What.IDLE, lambda finding: audit.retire_idle(finding, who)
        )

    def _settle_chosen(
        self,
        request: HttpRequest,
        queryset: QuerySet[Finding],
        question: Question,
        what: Finding.What,
        resolve: Callable[[Finding], object],
    ) -> TemplateResponse | None:
        """Resolve the selected differences of one kind, once confirmed."""
        chosen = queryset.filter(what=what, settled_at=None).select_related("account")
        lines = [
            (f"{finding.e164} at {finding.account}", finding.monthly_cost, finding.currency)
            for finding in chosen
        ]
        if page := ask_first(request, self, question, lines):
            return page
        for finding in chosen:
            try:
                resolve(finding)
            except (CarrierError, accounts.Invalid) as error:
                self.message_user(request, f"{finding.e164}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{finding.e164}: done", messages.SUCCESS)
        return None
