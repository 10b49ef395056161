"""Projects, and their logins at captured carriers."""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from numbers.models.durations import RETENTION, bounded, kept
from tempsms.lib import vault

LONGEST_ORIGIN = 200
LONGEST_PRICE = 40


class Project(models.Model):
    """Whose messages are kept together: it has credentials of its own for each carrier, none of a real account."""

    name = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", "Lower-case letters, digits and hyphens.")],
    )
    local = models.BooleanField(
        default=False,
        editable=False,
        help_text="Its credentials are public knowledge: they work from this machine only",
    )
    retention: Any = bounded(RETENTION, "How long its messages are kept", default=timedelta(days=7))
    numbers = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="Numbers that it may send from; empty: any",
    )
    origins = ArrayField(
        models.CharField(max_length=LONGEST_ORIGIN),
        default=list,
        blank=True,
        help_text="Where its callbacks may go, like https://app.example.org",
    )
    prices = ArrayField(
        models.CharField(max_length=LONGEST_PRICE),
        default=list,
        db_default=[],
        blank=True,
        help_text="What a segment costs it: carrier, country or *, price, currency",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]
        constraints = [kept("retention", RETENTION, "project_retention_in_bounds")]

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """A project's login at a captured carrier; `sealed` has its secrets, by the names that accounts give them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="credentials")
    carrier = models.CharField(max_length=16)
    login = models.CharField(max_length=64)
    sealed: Any = vault.SealedSettingsField(default=dict, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "login"], name="credential_once"),
            models.UniqueConstraint(fields=["project", "carrier"], name="credential_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.project} at {self.carrier}"
