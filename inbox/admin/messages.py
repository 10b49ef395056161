"""Messages, without their codes."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from inbox.messages import redaction, sealed_text
from inbox.models import Message
from inbox.privacy import retention
from numbers.models import Number
from tempsms.lib.admin import ReadOnly, digits_of

LISTED = 10_000  # newest messages that can be paged through; to count millions takes seconds
SEARCHED = 200_000  # messages whose text a search reads: reading millions would exceed the time-out


class NewestPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the newest rows."""

    @cached_property
    def count(self) -> int:
        """How many there are, counted no further than they are listed."""
        rows: Any = self.object_list
        return int(rows[:LISTED].count())


class EncodingFilter(admin.SimpleListFilter):
    """By encoding; Django's own filter reads all messages to learn which there are."""

    title = "encoding"
    parameter_name = "encoding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two that there are."""
        return [(name, name) for name in ("GSM-7", "UCS-2")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Messages with the chosen one."""
        return queryset.filter(encoding=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Messages; a message's own page shows its text without the code."""

    list_display = [
        "id",
        "number",
        "redacted_sender",
        "segments",
        "has_code",
        "public",
        "withheld",
        "received_at",
    ]
    list_filter = ["public", EncodingFilter]
    paginator = NewestPaginator
    list_select_related = ["number"]
    search_fields = ["number__e164"]
    search_help_text = (
        f"Searches number, sender and text of the newest {SEARCHED:,} messages, but never codes"
    )
    # Counting all messages reads every partition
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
        # Ids rise in order of arrival, so a bound on the id is a bound on age that the primary key serves
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return queryset.filter(wanted, pk__gt=newest - SEARCHED), False

    @display(description="sender")
    def redacted_sender(self, message: Message) -> str:
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
