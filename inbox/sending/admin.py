"""Admin pages of sending: routes, opt-outs, and what was sent, without texts and whole numbers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from inbox.messages.redaction import shown_sender
from inbox.sending.models import OptOut, OutgoingMessage, Route
from tempsms.lib.admin import ReadOnly


@admin.register(Route)
class RouteAdmin(ModelAdmin):  # type: ignore[misc]
    """What sending costs, through which account, and how fast it goes."""

    list_display = ["account", "country", "price", "per_second", "rank", "enabled"]
    list_filter = ["enabled"]
    list_select_related = ["account"]


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ReadOnly):
    """What was sent; the text is its owner's."""

    list_display = [
        "id",
        "state",
        "account",
        "sender",
        "shown_recipient",
        "segments",
        "price",
        "currency",
        "created_at",
    ]
    list_filter = ["state"]
    list_select_related = ["account"]
    fields = [
        "state",
        "error",
        "error_code",
        "owner",
        "account",
        "sender",
        "shown_recipient",
        "encoding",
        "segments",
    ]
    fields += ["price", "currency", "price_is_final", "carrier_ref", "attempts", "due_at", "valid_until"]
    fields += ["created_at", "sent_at", "settled_at", "forget_at"]
    readonly_fields = fields
    search_fields = ["=sender", "=carrier_ref"]
    ordering = ["-pk"]
    # Counting all messages would take longer than showing a page of them
    show_full_result_count = False

    @display(description="to")
    def shown_recipient(self, message: OutgoingMessage) -> str:
        """The recipient, without most digits."""
        return shown_sender(message.recipient)


@admin.register(OptOut)
class OptOutAdmin(ReadOnly):
    """Who wants no messages. Deleting one says that the person has asked for messages again."""

    list_display = ["shown", "word", "told", "at"]
    fields = list_display
    readonly_fields = list_display
    ordering = ["-pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may let messages to this person go again."""
        return bool(request.user.has_perm("sending.delete_optout"))
