"""Keys that programs log in with instead of a carrier's account."""

from django.db import models
from django.db.models.functions import Now

from inbox.sandbox.models.projects import Project


class AccessKey(models.Model):
    """A key of a project at a captured carrier; of its secret only a hash is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="keys")
    carrier = models.CharField(max_length=16)
    ref = models.CharField("carrier's id", max_length=64)
    hash = models.CharField(max_length=64, editable=False)
    name = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "ref"], name="access_key_once")]

    def __str__(self) -> str:
        return f"{self.name or self.ref} of {self.project}"
