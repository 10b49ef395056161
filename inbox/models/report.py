"""Visitors' reports of messages and numbers."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from numbers.models import Number


class Report(models.Model):
    """A visitor's report of a message, or of a whole number (no `message_id`), for an operator to decide.

    `text_key` is a keyed hash of the message's whole text: messages with the same text stay hidden unless the report is
    rejected. `visitor` is a daily hash of the reporter's network, used for limits and emptied after two days.
    """

    class Why(models.TextChoices):
        """The reason for the report."""

        PERSONAL = "personal", _("It contains my personal data")
        HARMFUL = "harmful", _("It is threatening, fraudulent or abusive")
        ILLEGAL = "illegal", _("It is illegal")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        """The decision of an operator."""

        OPEN = "open", "open"
        UPHELD = "upheld", "upheld: kept hidden"
        REJECTED = "rejected", "rejected: shown again"

    number = models.ForeignKey(Number, on_delete=models.CASCADE, related_name="reports")
    message_id = models.BigIntegerField(null=True, blank=True)
    text_key = models.UUIDField(null=True, blank=True)
    why = models.CharField("reason", max_length=8, choices=Why.choices, default=Why.OTHER)
    visitor = models.CharField(max_length=32, blank=True)
    hidden = models.BooleanField(help_text="Hidden immediately; otherwise it waits for an operator")
    twins_due = models.BooleanField(
        default=False, help_text="Messages with the same text have yet to be hidden"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["visitor", "created_at"], name="report_by_visitor"),
            models.Index(fields=["text_key"], name="report_by_text"),
            models.Index(fields=["created_at"], condition=models.Q(twins_due=True), name="report_twins_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "message_id"],
                condition=models.Q(state="open"),
                name="report_open_once",
                # A report of a whole number has no message: without this its NULLs would never be equal
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk} of {self.number}"
