"""Admin pages of verification: what was started and what became of it, without codes and whole numbers."""

from django.contrib import admin
from django.utils import timezone
from unfold.decorators import display

from inbox.messages.redaction import shown_sender
from inbox.verification import verifications
from inbox.verification.models import Verification
from tempsms.lib.admin import ReadOnly


@admin.register(Verification)
class VerificationAdmin(ReadOnly):
    """Codes that were sent."""

    list_display = ["id", "shown_state", "shown_recipient", "owner", "sends", "checks", "created_at"]
    list_filter = ["state"]
    fields = [*list_display, "next_send_at", "expires_at", "ended_at"]
    readonly_fields = fields
    search_fields = ["=id"]
    ordering = ["-created_at"]
    show_full_result_count = False

    @display(description="state")
    def shown_state(self, verification: Verification) -> str:
        """The state, also of one that has expired."""
        return verifications.state_of(verification, timezone.now())

    @display(description="to")
    def shown_recipient(self, verification: Verification) -> str:
        """The recipient, without most digits."""
        return shown_sender(verification.recipient)
