"""What projects captured, and the changes of state that their programs are told of.

Texts are kept as they were sent: nobody but the project's own program made them, and they reached no phone. They go
with the project's retention.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from inbox.sandbox.models.projects import Project
from tempsms.lib.effects import Work

LONGEST_TAG = 40


class CapturedMessage(models.Model):
    """A message of a project's program, or to it.

    `request` is what the program asked, without its credentials: `method`, `path`, `headers`, `body`. `details` are
    what only its carrier has.
    """

    class Direction(models.TextChoices):
        """Whether the program sent or received it."""

        IN = "in"
        OUT = "out"

    class State(models.TextChoices):
        """Where a message is on its way: it only goes forward, in this order."""

        SCHEDULED = "scheduled"
        ACCEPTED = "accepted"
        QUEUED = "queued"
        SENT = "sent"
        CANCELED = "canceled"
        FAILED = "failed"
        UNDELIVERED = "undelivered"
        DELIVERED = "delivered"
        RECEIVED = "received"

    UNFINISHED = (State.SCHEDULED, State.ACCEPTED, State.QUEUED, State.SENT)

    # Needs no index of its own: others below begin with it
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="messages", db_index=False)
    carrier = models.CharField(max_length=16)
    ref = models.CharField("carrier's id", max_length=64)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    sender = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    body = models.TextField(blank=True)
    media = models.JSONField(default=list, help_text="Addresses of its files")
    encoding = models.CharField(max_length=8)
    segments = models.PositiveSmallIntegerField()
    has_code = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=16, blank=True, help_text="The carrier's code for why it failed")
    details = models.JSONField(default=dict)
    request = models.JSONField(default=dict)
    unread = models.BooleanField(default=True, db_default=True, help_text="Nobody has opened its page")
    tags = ArrayField(models.CharField(max_length=LONGEST_TAG), default=list, db_default=[], blank=True)
    marked_at = models.DateTimeField(null=True, help_text="When somebody read or tagged it the last time")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "ref"], name="captured_once")]
        indexes = [
            models.Index(F("project"), F("id").desc(), name="captured_newest"),
            models.Index(fields=["project", "updated_at"], name="captured_changed"),
            models.Index(fields=["expires_at"], name="captured_by_expiry"),
            models.Index(fields=["project"], condition=Q(unread=True), name="captured_unread"),
        ]

    def __str__(self) -> str:
        return f"captured message {self.pk}"


class StateChange(Work):
    """A change of a message's state that is to come, and the callback that tells its program.

    Those of a message happen in the order of their ids, each after the callback of the one before. Without a `url`
    nobody is called. Without a `content_type` the callback is a GET, and the body its query. `status` is that of the
    answer; 0, where there was none. `note` says why, or what is wrong with the answer.
    """

    class Call(models.TextChoices):
        """How the program is told."""

        USUAL = ""
        AGAIN = "again", "Called without a change: one more time, or out of order"
        LOST = "lost", "The callback is lost on its way"

    message = models.ForeignKey(CapturedMessage, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=12, choices=CapturedMessage.State.choices)
    error = models.CharField(max_length=16, blank=True, help_text="The message's, once it is in this state")
    call = models.CharField(max_length=5, choices=Call.choices, default=Call.USUAL, blank=True)
    url = models.TextField(blank=True)
    content_type = models.CharField(max_length=80, blank=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict, help_text="Those of the callback as it was made")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, help_text="The beginning of the answer")
    note = models.CharField(max_length=200, blank=True)
    ms = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        # Without what is over, as workers look here several times a second
        indexes = [models.Index(fields=["due_at"], condition=Q(settled_at=None), name="change_due")]

    def __str__(self) -> str:
        return f"{self.state} of {self.message_id}"

    @property
    def method(self) -> str:
        """How the program is called."""
        return "POST" if self.content_type else "GET"
