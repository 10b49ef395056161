"""Operators' view of the ledger and of differences between our books and the carriers'."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.decorators import action, display

from numbers import accounts, audit
from numbers.admin.common import ReadOnly, actor, ask_first
from numbers.carriers.errors import CarrierError
from numbers.models import Charge, Finding

COLOURS = {"orphan": "danger", "missing": "danger", "drift": "warning", "idle": "info", "refused": "danger"}


@admin.register(Charge)
class ChargeAdmin(ReadOnly):
    """The ledger."""

    list_display = ["period", "what", "lease", "amount", "currency"]
    list_filter = ["what", "currency", "lease__account"]
    list_select_related = ["lease__number", "lease__account"]
    date_hierarchy = "period"


class OpenFilter(admin.SimpleListFilter):
    """Open differences unless asked for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open is what one sees without asking."""
        return [("settled", "settled"), ("all", "all")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Finding]) -> QuerySet[Finding]:
        """Open, settled, or all."""
        if self.value() == "all":
            return queryset
        return (
            queryset.exclude(settled_at=None)
            if self.value() == "settled"
            else queryset.filter(settled_at=None)
        )


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    """Differences, and what can be done about each."""

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

    @display(description="what", label=COLOURS)
    def shown_what(self, finding: Finding) -> str:
        """The kind as a coloured word."""
        return finding.what

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Who may change leases may settle differences."""
        return request.user.has_perm("numbers.change_lease")

    @action(description="Orphans: take them in", permissions=["settle"])
    def adopt(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Take orphans in, as private numbers."""
        return self._settle(request, queryset, "adopt", Finding.What.ORPHAN, audit.adopt)

    @action(description="Drift: point them at us", permissions=["settle"])
    def mend(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Point drifted numbers at our webhook."""
        return self._settle(request, queryset, "mend", Finding.What.DRIFT, audit.mend)

    @action(description="Idle: retire them", permissions=["settle"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Finding]) -> TemplateResponse | None:
        """Retire idle numbers."""
        who = actor(request)
        return self._settle(
            request, queryset, "give_up", Finding.What.IDLE, lambda finding: audit.give_up(finding, who)
        )

    def _settle(
        self,
        request: HttpRequest,
        queryset: QuerySet[Finding],
        name: str,
        what: Finding.What,
        deed: Callable[[Finding], object],
    ) -> TemplateResponse | None:
        chosen = queryset.filter(what=what, settled_at=None).select_related("account")
        lines = [
            (f"{finding.e164} at {finding.account}", finding.monthly_cost, finding.currency)
            for finding in chosen
        ]
        if page := ask_first(request, self, name, f"{what.label.partition(':')[0]}: settle these?", lines):
            return page
        for finding in chosen:
            try:
                deed(finding)
            except (CarrierError, accounts.Invalid) as error:
                self.message_user(request, f"{finding.e164}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{finding.e164}: done", messages.SUCCESS)
        return None
