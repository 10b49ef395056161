"""One-time codes that captured carriers send and check for projects."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from inbox.sandbox.models.projects import Project


class VerifyService(models.Model):
    """How codes are sent for a project: `name` is who sends them. `settings` are those that only its carrier has."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="verify_services")
    carrier = models.CharField(max_length=16)
    ref = models.CharField("carrier's id", max_length=64)
    name = models.CharField(max_length=64)
    code_length = models.PositiveSmallIntegerField(default=6)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "ref"], name="verify_service_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.project}"


class Verification(models.Model):
    """A code on its way to a recipient, until it is approved, canceled, or has expired. Readable, as all texts here."""

    class State(models.TextChoices):
        """Only a pending one can be checked."""

        PENDING = "pending"
        APPROVED = "approved"
        CANCELED = "canceled"
        EXPIRED = "expired"

    service = models.ForeignKey(VerifyService, on_delete=models.CASCADE, related_name="verifications")
    ref = models.CharField("carrier's id", max_length=64, unique=True)
    recipient = models.CharField(max_length=64)
    code = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    checks = models.PositiveSmallIntegerField(default=0)
    sent_at = ArrayField(models.DateTimeField(), default=list, help_text="When its messages were sent")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Of two requests at the same time one fails here, and is told so
            models.UniqueConstraint(
                fields=["service", "recipient"], condition=Q(state="pending"), name="verification_pending"
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="verification_by_expiry")]

    def __str__(self) -> str:
        return f"{self.state} verification {self.ref}"
