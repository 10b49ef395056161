"""Services that send for projects, each with a pool of senders."""

from django.db import models
from django.db.models.functions import Now

from inbox.sandbox.models.carrier_numbers import ProjectNumber
from inbox.sandbox.models.projects import Project


class MessagingService(models.Model):
    """A service of a project at a captured carrier; `settings` are those that only its carrier has."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="services")
    carrier = models.CharField(max_length=16)
    ref = models.CharField("carrier's id", max_length=64)
    name = models.CharField(max_length=64)
    inbound_url = models.TextField(blank=True, help_text="Where the program takes messages to its numbers")
    status_url = models.TextField(blank=True, help_text="Where it is told what became of those it sent")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "ref"], name="messaging_service_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.project}"


class ServiceSender(models.Model):
    """A sender of a service: a number of the project, in one service at a time, or a name."""

    service = models.ForeignKey(MessagingService, on_delete=models.CASCADE, related_name="senders")
    ref = models.CharField("carrier's id", max_length=64, unique=True)
    number = models.OneToOneField(ProjectNumber, on_delete=models.CASCADE, null=True, related_name="sender")
    name = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.number.e164 if self.number else self.name} of {self.service_id}"
