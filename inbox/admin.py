"""Operators' view of messages, reports and quarantined requests; no list shows a code, and only reports show texts."""

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

from inbox import bodies, quarantine, retention
from inbox.models import Message, Quarantined, Report, Rule
from inbox.safety import masking, reports
from numbers.admin.common import ReadOnly, actor, digits_of
from numbers.models import Number
from tempsms.lib import vault

SEARCHED = 200_000  # messages of which a search reads the text: all of millions would outlast the time-out
_SHOWN_TEXT = 300  # characters of a reported text in the queue
_UNSEALABLE = "sealed with a key that is not in ENCRYPTION_KEYS any more"
_DEEDS = {"uphold": reports.uphold, "reject": reports.reject}


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Messages: who, when, how long; the text without its code on the message's own page."""

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
    search_help_text = f"Number, sender or text, of the newest {SEARCHED:,} messages; codes are never found"
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
        """Who may delete messages."""
        return request.user.has_perm("inbox.delete_message")

    @admin.action(description="Forget their codes now", permissions=["forget"])
    def forget_codes(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Before their time, for instance because they were used."""
        count = retention.consume(list(chosen.values_list("pk", flat=True)))
        self.message_user(request, f"{count} codes forgotten")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """The newest first."""
        queryset: QuerySet[Message] = super().get_queryset(request)
        return queryset.select_related("number", "account", "rental").defer("body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """By number, sender and text. Codes are cut out of stored texts: none is ever found.

        Only the newest messages are looked at: reading a text of each of millions would take minutes.
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
        """Lists never show a whole private number."""
        return masking.shown_sender(message.sender)

    @display(description="code", boolean=True)
    def has_code(self, message: Message) -> bool:
        """Whether a code was found; never which."""
        return bool(message.cuts)

    @display(description="text")
    def text(self, message: Message) -> str:
        """The text with its code blanked."""
        return bodies.redacted(message.body, message.cuts).text


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]
    """What operators want withheld or shown, beyond what the product knows."""

    list_display = ["pattern", "looks_at", "effect", "reason", "enabled"]
    list_filter = ["effect", "looks_at", "enabled"]
    list_editable = ["enabled"]


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """The queue of what visitors reported: the oldest that nobody has decided first, with a clock."""

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
        """What was decided."""
        return report.state

    @display(description="decide within")
    def clock(self, report: Report) -> str:
        """What is left of the day within which a person decides."""
        if report.state != Report.State.OPEN:
            return ""
        left = report.created_at + reports.DECIDED_WITHIN - timezone.now()
        minutes = abs(int(left.total_seconds())) // 60
        return f"{'overdue by ' if left < timedelta(0) else ''}{minutes // 60} h {minutes % 60} min"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """With the reported texts, as long as they are kept."""
        reported = Message.objects.filter(pk=OuterRef("message_id"), number=OuterRef("number"))[:1]
        queryset: QuerySet[Report] = super().get_queryset(request)
        return queryset.annotate(
            body=Subquery(reported.values("body")),
            cuts=Subquery(reported.values("cuts")),
            sender=Subquery(reported.values("sender")),
        )

    @display(description="text")
    def text(self, report: Report) -> str:
        """The reported text and who sent it, its code blanked and people's numbers redacted."""
        if report.message_id is None:
            return "the whole number"
        body = getattr(report, "body", None)
        if body is None:
            return "not kept any more"
        whole = bodies.redacted(body, report.cuts)  # type: ignore[attr-defined]
        sender = masking.shown_sender(report.sender)  # type: ignore[attr-defined]
        return f"{sender}: {Truncator(masking.shown_text(whole.text, whole.spans)).chars(_SHOWN_TEXT)}"

    @display(description="in one click")
    def decide(self, report: Report) -> SafeString:
        """Buttons that send the list's form to `decide_one`."""
        button = '<button type="submit" class="font-medium text-primary-600" formaction="{}">{}</button>'
        where = {"uphold": "Keep hidden", "reject": "Show again"}
        words = [
            (reverse("admin:inbox_report_decide", args=[report.pk, deed]), where[deed]) for deed in where
        ]
        return format_html_join(mark_safe("<br>"), button, words)

    def get_urls(self) -> list[URLPattern]:
        """With the decision about one report."""
        decide = self.admin_site.admin_view(require_POST(self.decide_one))
        own = path("decide/<int:pk>/<str:deed>/", decide, name="inbox_report_decide")
        urls: list[URLPattern] = super().get_urls()
        return [own, *urls]

    def decide_one(self, request: HttpRequest, pk: int, deed: str) -> HttpResponse:
        """Uphold or reject one report, from its row."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if deed not in _DEEDS:
            raise Http404
        _DEEDS[deed](get_object_or_404(Report, pk=pk), actor(request))
        return redirect("admin:inbox_report_changelist")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Who may change reports."""
        return request.user.has_perm("inbox.change_report")

    @admin.action(description="Keep hidden", permissions=["decide"])
    def keep_hidden(self, request: HttpRequest, chosen: QuerySet[Report]) -> None:
        """Uphold them."""
        for report in chosen:
            reports.uphold(report, actor(request))

    @admin.action(description="Show again", permissions=["decide"])
    def show_again(self, request: HttpRequest, chosen: QuerySet[Report]) -> None:
        """Reject them."""
        for report in chosen:
            reports.reject(report, actor(request))


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    """Signed requests that we could not place: unsealed one by one, on their own pages, with their codes blanked."""

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
        """Without what is sealed."""
        queryset: QuerySet[Quarantined] = super().get_queryset(request)
        return queryset.defer(*Quarantined.SEALED)

    @display(description="detail")
    def why(self, kept: Quarantined) -> str:
        """What was missing in it."""
        return str(_unsealed(kept, "detail"))

    @display(description="query")
    def shown_query(self, kept: Quarantined) -> str:
        """The query, without what proved who sent it."""
        return quarantine.redact_codes(str(_unsealed(kept, "query")))

    @display(description="headers")
    def shown_headers(self, kept: Quarantined) -> str:
        """The headers, without those that proved it."""
        return str(_unsealed(kept, "headers"))

    @display(description="body")
    def shown_body(self, kept: Quarantined) -> str:
        """The body as Python shows bytes: nothing in it can act."""
        return quarantine.redact_codes(str(_unsealed(kept, "body")))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators may clear what they have looked at."""
        return request.user.has_perm("inbox.delete_quarantined")


def _unsealed(kept: Quarantined, name: str) -> Any:
    """A sealed column, read from the database only now."""
    try:
        return getattr(kept, name)
    except vault.Unsealable:
        return _UNSEALABLE
