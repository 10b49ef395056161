"""Operators' view of messages and quarantined requests; lists never show a text or a code."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from inbox import bodies
from inbox.models import Message, Quarantined, Rule
from inbox.safety import masking
from numbers.admin.common import ReadOnly


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
    search_fields = ["number__e164__startswith"]
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """The newest first."""
        queryset: QuerySet[Message] = super().get_queryset(request)
        return queryset.select_related("number", "account", "rental").defer("body")

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


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    """Signed requests that we could not place."""

    list_display = ["received_at", "account", "reason", "detail", "repeats"]
    list_filter = ["reason", "account"]
    fields = [
        "account",
        "reason",
        "detail",
        "purpose",
        "method",
        "query",
        "headers",
        "raw",
        "repeats",
        "received_at",
    ]
    readonly_fields: list[str] = fields

    @display(description="body")
    def raw(self, request: Quarantined) -> str:
        """The body as Python shows bytes: nothing in it can act."""
        return repr(bytes(request.body))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators may clear what they have looked at."""
        return request.user.has_perm("inbox.delete_quarantined")
