"""Visitors' reports, and the decisions on them."""

from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, OuterRef, QuerySet, Subquery, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.decorators import display

from inbox.messages import redaction, sealed_text
from inbox.models import Message, Report
from inbox.moderation import reports
from tempsms.lib.admin import ReadOnly, actor

_SHOWN_TEXT = 300  # characters of a reported text in the list
_DECISIONS = {"uphold": reports.uphold, "reject": reports.reject}


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """Visitors' reports: open ones first, the oldest on top, with the time left to decide."""

    list_display = ["number", "text", "why", "shown_state", "hidden", "clock", "decided_by", "decide"]
    list_filter = ["state", "why", "hidden"]
    search_fields = ["number__e164"]
    list_select_related = ["number"]
    ordering = [Case(When(state=Report.State.OPEN, then=0), default=1), "created_at"]
    fields = [
        "number",
        "message_id",
        "text",
        "why",
        "state",
        "hidden",
        "created_at",
        "decided_at",
        "decided_by",
    ]
    readonly_fields = fields
    actions = ["keep_hidden", "show_again"]

    @display(description="state", label={"open": "warning", "upheld": "success", "rejected": "info"})
    def shown_state(self, report: Report) -> str:
        """The state as a coloured label."""
        return report.state

    @display(description="time left")
    def clock(self, report: Report) -> str:
        """The time left to decide, or by how much it is overdue."""
        if report.state != Report.State.OPEN:
            return ""
        left = report.created_at + reports.DECIDED_WITHIN - timezone.now()
        minutes = abs(int(left.total_seconds())) // 60
        return f"{'overdue by ' if left < timedelta(0) else ''}{minutes // 60} h {minutes % 60} min"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Reports with the reported texts, as long as these are kept."""
        # No foreign key: messages are forgotten by dropping their
        # partition, and a report may outlive its message
        reported = Message.objects.filter(pk=OuterRef("message_id"), number=OuterRef("number"))[:1]
        queryset: QuerySet[Report] = super().get_queryset(request)
        return queryset.annotate(
            body=Subquery(reported.values("body")),
            cuts=Subquery(reported.values("cuts")),
            sender=Subquery(reported.values("sender")),
        )

    @display(description="text")
    def text(self, report: Report) -> str:
        """The reported text and its sender, with codes blanked and private numbers redacted."""
        if report.message_id is None:
            return "(the whole number)"
        body = getattr(report, "body", None)
        if body is None:
            return "(deleted)"
        whole = sealed_text.redacted(body, report.cuts)  # type: ignore[attr-defined]
        sender = redaction.shown_sender(report.sender)  # type: ignore[attr-defined]
        return f"{sender}: {Truncator(redaction.shown_text(whole.text, whole.spans)).chars(_SHOWN_TEXT)}"

    @display(description="decision")
    def decide(self, report: Report) -> SafeString:
        """Buttons that submit the list's form to `decide_one`."""
        button = '<button type="submit" class="font-medium text-primary-600" formaction="{}">{}</button>'
        labels = {"uphold": "Keep hidden", "reject": "Show again"}
        buttons = [
            (reverse("admin:inbox_report_decide", args=[report.pk, name]), label)
            for name, label in labels.items()
        ]
        return format_html_join(mark_safe("<br>"), button, buttons)

    def get_urls(self) -> list[URLPattern]:
        """The admin's URLs and the one that decides a report."""
        decide = self.admin_site.admin_view(require_POST(self.decide_one))
        own = path("decide/<int:pk>/<str:decision>/", decide, name="inbox_report_decide")
        urls: list[URLPattern] = super().get_urls()
        return [own, *urls]

    def decide_one(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        """Uphold or reject one report from its row in the list."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if decision not in _DECISIONS:
            raise Http404
        _DECISIONS[decision](get_object_or_404(Report, pk=pk), actor(request))
        return redirect("admin:inbox_report_changelist")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change reports."""
        return request.user.has_perm("inbox.change_report")

    @admin.action(description="Keep hidden", permissions=["decide"])
    def keep_hidden(self, request: HttpRequest, chosen: QuerySet[Report]) -> None:
        """Uphold the selected reports."""
        for report in chosen:
            reports.uphold(report, actor(request))

    @admin.action(description="Show again", permissions=["decide"])
    def show_again(self, request: HttpRequest, chosen: QuerySet[Report]) -> None:
        """Reject the selected reports."""
        for report in chosen:
            reports.reject(report, actor(request))
