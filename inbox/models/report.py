"""What visitors reported."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from numbers.models import Number


class Report(models.Model):
    """A visitor's report of a message, or of a whole number (no `message_id`), for an operator to decide.

    `text_key` is a keyed hash of the message's whole text: its twins stay hidden as long as the report is not
    rejected. `visitor` is the day's hash of the reporter's network, for limits, and emptied after two days.
    """

    class Why(models.TextChoices):
        """What is wrong with it."""

        PERSONAL = "personal", _("It is about me, or was meant for me")
        HARMFUL = "harmful", _("It threatens, deceives or insults")
        ILLEGAL = "illegal", _("It is against the law")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        """What an operator decided."""

        OPEN = "open"
        UPHELD = "upheld", "upheld: stays hidden"
        REJECTED = "rejected", "rejected: is shown again"

    number = models.ForeignKey(Number, on_delete=models.CASCADE, related_name="reports")
    message_id = models.BigIntegerField(null=True, blank=True)
    text_key = models.UUIDField(null=True, blank=True)
    why = models.CharField(max_length=8, choices=Why.choices, default=Why.OTHER)
    visitor = models.CharField(max_length=32, blank=True)
    hidden = models.BooleanField(help_text="Whether it was hidden at once; else it waits for an operator")
    twins_due = models.BooleanField(default=False, help_text="Its twins have still to be hidden")
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
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk} of {self.number}"
