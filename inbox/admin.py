"""Admin pages of messages, rules, reports and unprocessed requests; no list shows codes, only reports show texts."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from inbox.codes import encoded
from inbox.messages import redaction, sealed_text
from inbox.messages.sealed_text import BLANK
from inbox.models import Message, Quarantined, Report, Rule
from inbox.moderation import reports
from inbox.privacy import retention
from numbers.models import Number
from tempsms.lib import vault
from tempsms.lib.admin import ReadOnly, actor, digits_of

SEARCHED = 200_000  # messages whose text a search reads: reading millions would exceed the time-out
_SHOWN_TEXT = 300  # characters of a reported text in the list
_UNSEALABLE = "cannot be decrypted: its key is no longer in ENCRYPTION_KEYS"
_DECISIONS = {"uphold": reports.uphold, "reject": reports.reject}


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Messages; a message's own page shows its text without the code."""

    list_display = [
        "id",
        "number",
        "masked_sender",
        "segments",
        "has_code",
        "public",
        "withheld",
        "received_at",
    ]
    list_filter = ["public", "encoding"]
    list_select_related = ["number"]
    search_fields = ["number__e164"]
    search_help_text = (
        f"Searches number, sender and text of the newest {SEARCHED:,} messages, but never codes"
    )
    show_full_result_count = False
    fields = [
        "number",
        "account",
        "rental",
        "sender",
        "text",
        "segments",
        "encoding",
        "flags",
        "public",
        "withheld",
        "carrier_ref",
        "sent_at",
        "received_at",
        "expires_at",
    ]
    readonly_fields = fields

    actions = ["forget_codes"]

    def has_forget_permission(self, request: HttpRequest) -> bool:
        """Whether the user may delete messages."""
        return request.user.has_perm("inbox.delete_message")

    @admin.action(description="Delete their codes now", permissions=["forget"])
    def forget_codes(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Delete codes before they expire, for instance because they have been used."""
        count = retention.consume(list(chosen.values_list("pk", flat=True)))
        self.message_user(request, f"{count} code{'' if count == 1 else 's'} deleted")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Messages without their texts."""
        queryset: QuerySet[Message] = super().get_queryset(request)
        return queryset.select_related("number", "account", "rental").defer("body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """Search by number, sender and text; codes are cut out of stored texts, so they are never found.

        Only the newest messages are searched: reading millions of texts would take minutes.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = digits_of(term)
        wanted = Q(body__icontains=term) | Q(sender__icontains=term)
        if digits:
            numbers = Number.objects.filter(e164__contains=digits).values("pk")
            wanted |= Q(sender__contains=digits) | Q(number__in=numbers)
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return queryset.filter(wanted, pk__gt=newest - SEARCHED), False

    @display(description="sender")
    def masked_sender(self, message: Message) -> str:
        """The sender; a private number is redacted."""
        return redaction.shown_sender(message.sender)

    @display(description="code", boolean=True)
    def has_code(self, message: Message) -> bool:
        """Whether a code was found."""
        return bool(message.cuts)

    @display(description="text")
    def text(self, message: Message) -> str:
        """The text with its code blanked."""
        return sealed_text.redacted(message.body, message.cuts).text


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]
    """Operators' own rules for what public pages withhold or show."""

    list_display = ["pattern", "looks_at", "effect", "reason", "enabled"]
    list_filter = ["effect", "looks_at", "enabled"]
    list_editable = ["enabled"]


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


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    """Signed requests that could not be processed; each is decrypted on its own page only, with codes blanked."""

    list_display = ["received_at", "account", "reason", "repeats", "expires_at"]
    list_filter = ["reason", "account"]
    list_select_related = ["account"]
    fields = [
        "account",
        "reason",
        "why",
        "purpose",
        "method",
        "shown_query",
        "shown_headers",
        "shown_body",
        "repeats",
        "received_at",
        "expires_at",
    ]
    readonly_fields: list[str] = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quarantined]:
        """Requests without their sealed columns."""
        queryset: QuerySet[Quarantined] = super().get_queryset(request)
        return queryset.defer(*Quarantined.SEALED)

    @display(description="detail")
    def why(self, kept: Quarantined) -> str:
        """What was wrong with the request."""
        return str(_unsealed(kept, "detail"))

    @display(description="query")
    def shown_query(self, kept: Quarantined) -> str:
        """The query, without its signature."""
        return encoded.blank(str(_unsealed(kept, "query")), BLANK)

    @display(description="headers")
    def shown_headers(self, kept: Quarantined) -> str:
        """The headers, without signatures and credentials."""
        return str(_unsealed(kept, "headers"))

    @display(description="body")
    def shown_body(self, kept: Quarantined) -> str:
        """The body as a Python bytes literal, so that nothing in it is interpreted."""
        return encoded.blank(str(_unsealed(kept, "body")), BLANK)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may delete requests that have been dealt with."""
        return request.user.has_perm("inbox.delete_quarantined")


def _unsealed(kept: Quarantined, name: str) -> Any:
    """A decrypted column, which is loaded only when it is read."""
    try:
        return getattr(kept, name)
    except vault.Unsealable:
        return _UNSEALABLE
