"""Numbers that projects have at captured carriers."""

from django.db import models
from django.db.models.functions import Now

from inbox.sandbox.models.projects import Project


class ProjectNumber(models.Model):
    """A number of a project: bought through its carrier's captured API, or one that the project sends from."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="carrier_numbers")
    carrier = models.CharField(max_length=16)
    ref = models.CharField("carrier's id", max_length=64)
    e164 = models.CharField(max_length=16)
    bought = models.BooleanField(default=False)
    name = models.CharField(max_length=64, blank=True)
    inbound_url = models.TextField(blank=True, help_text="Where the program takes messages")
    settings = models.JSONField(default=dict, help_text="What else the carrier keeps of it")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "ref"], name="project_number_ref"),
            models.UniqueConstraint(fields=["project", "carrier", "e164"], name="project_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.e164} of {self.project}"
