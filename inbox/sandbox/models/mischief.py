"""Rules for the mischief that is done to a project's sends."""

import re
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from inbox.sandbox.models.projects import Project

LONGEST_NAME = 40
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
WHAT_A_NAME_IS = "lower-case letters, digits and hyphens"


class MischiefRule(models.Model):
    """To which sends of a project what happens; the rules are tried in the order in which they were made.

    `seen` counts the sends that it was asked about, `done` those that it happened to.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="mischief")
    name = models.CharField(max_length=LONGEST_NAME)
    carrier = models.CharField(max_length=16, blank=True)
    recipient = models.CharField(max_length=64, blank=True)
    chance = models.FloatField(default=1.0)
    times = models.PositiveIntegerField(null=True, blank=True)
    seed = models.BigIntegerField(default=0)
    effects: Any = models.JSONField(default=dict)
    seen = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="mischief_once"),
            models.CheckConstraint(condition=Q(chance__gte=0, chance__lte=1), name="mischief_chance"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.project_id}"
