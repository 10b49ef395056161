"""Signed requests that could not be processed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from inbox.codes import encoded
from inbox.messages.sealed_text import BLANK
from inbox.models import Quarantined
from tempsms.lib import vault
from tempsms.lib.admin import ReadOnly

_UNSEALABLE = "cannot be decrypted: its key is no longer in ENCRYPTION_KEYS"


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
        # Decrypting every row of a list would take time and show nothing
        return queryset.defer(*Quarantined.SEALED)

    @display(description="detail")
    def why(self, kept: Quarantined) -> str:
        """What was wrong with the request."""
        return str(_read_sealed(kept, "detail"))

    @display(description="query")
    def shown_query(self, kept: Quarantined) -> str:
        """The query, without its signature."""
        return encoded.blank(str(_read_sealed(kept, "query")), BLANK)

    @display(description="headers")
    def shown_headers(self, kept: Quarantined) -> str:
        """The headers, without signatures and credentials."""
        return str(_read_sealed(kept, "headers"))

    @display(description="body")
    def shown_body(self, kept: Quarantined) -> str:
        """The body as a Python bytes literal, so that nothing in it is interpreted."""
        return encoded.blank(str(_read_sealed(kept, "body")), BLANK)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may delete requests that have been dealt with."""
        return request.user.has_perm("inbox.delete_quarantined")


def _read_sealed(kept: Quarantined, name: str) -> Any:
    """A decrypted column, which is loaded only when it is read."""
    try:
        return getattr(kept, name)
    except vault.Unsealable:
        return _UNSEALABLE
