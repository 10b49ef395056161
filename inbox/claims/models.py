"""The table of claims."""

from uuid import uuid4

from django.db import models
from django.db.models.functions import Now

from inbox.messages.matching import LONGEST_SENDER
from inbox.text.patterns import LONGEST
from numbers.models import Number, Rental


class Claim(models.Model):
    """The right to the next message on a number, or in a rental, that matches a filter.

    Only messages with an id above `after_id` count, which was drawn from their sequence when the claim was made, and
    only those that arrived before it expired. The claim with the lowest id that matches gets a message. Those up to
    `examined_id` have been compared with it. A claim that has got its message stays for a while, even if it is
    `dropped` by its owner, so that no other gets the same one.
    """

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    owner = models.CharField("API client", max_length=40)
    number = models.ForeignKey(Number, on_delete=models.CASCADE, related_name="+", db_index=False)
    rental = models.ForeignKey(
        Rental, on_delete=models.CASCADE, related_name="+", null=True, blank=True, db_index=False
    )
    sender = models.CharField(max_length=LONGEST_SENDER, blank=True)
    match = models.CharField("pattern", max_length=LONGEST, blank=True)
    needs_code = models.BooleanField(default=False)
    after_id = models.BigIntegerField()
    examined_id = models.BigIntegerField()
    message_id = models.BigIntegerField(null=True, blank=True)
    dropped = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="claim_message_once"),
            models.CheckConstraint(
                condition=models.Q(message_id=None, matched_at=None)
                | models.Q(message_id__isnull=False, matched_at__isnull=False),
                name="claim_matched_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["number", "id"], condition=models.Q(message_id=None), name="claim_open_oldest"
            ),
            models.Index(fields=["owner"], condition=models.Q(message_id=None), name="claim_open_by_owner"),
            models.Index(fields=["expires_at"], name="claim_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"
