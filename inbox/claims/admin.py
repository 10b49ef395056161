"""Claims, for operators to see who waits for what."""

from django.contrib import admin
from unfold.decorators import display

from inbox.claims.models import Claim
from inbox.messages import redaction
from tempsms.lib.admin import ReadOnly


@admin.register(Claim)
class ClaimAdmin(ReadOnly):
    """Claims; their patterns may hold what their owners keep to themselves, so only a claim's own page shows them."""

    list_display = [
        "id",
        "owner",
        "number",
        "rental",
        "redacted_sender",
        "needs_code",
        "matched_at",
        "expires_at",
    ]
    list_filter = ["needs_code"]
    list_select_related = ["number", "rental__number"]
    search_fields = ["number__e164", "owner"]
    fields = [
        "owner",
        "number",
        "rental",
        "redacted_sender",
        "match",
        "needs_code",
        "message_id",
        "dropped",
        "created_at",
        "matched_at",
        "expires_at",
    ]
    readonly_fields = fields

    @display(description="from")
    def redacted_sender(self, claim: Claim) -> str:
        """The sender that is waited for; a private number is redacted."""
        return redaction.shown_sender(claim.sender)
