"""What we mean to do at a carrier, written before it is done; and what happened, written after."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from numbers.models.lease import Lease


class Intent(models.Model):
    """One effect at a carrier that costs money or ends a lease.

        waiting -> calling -> done | refused
                      ├────> ordered -> done | refused (the carrier takes its time; asked until it has an end)
                      └────> uncertain -> done | refused | waiting (never done: list of owned numbers says so)

    `calling` is committed before the call leaves, so a row found in `calling` by anyone else has an unknown
    outcome. The database allows one intent a lease and effect.
    """

    class Effect(models.TextChoices):
        """What is to be done."""

        BUY = "buy"
        RELEASE = "release"

    class State(models.TextChoices):
        """How far it got."""

        WAITING = "waiting"
        CALLING = "calling"
        ORDERED = "ordered"
        UNCERTAIN = "uncertain"
        DONE = "done"
        REFUSED = "refused"

    NOT_BOUGHT = "the carrier does not list it: it was not bought"

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="intents")
    effect = models.CharField(max_length=8, choices=Effect.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    key = models.UUIDField(
        db_default=RandomUUID(), editable=False, help_text="names a purchase at carriers that can look for it"
    )
    order_ref = models.CharField(
        max_length=128, blank=True, help_text="the carrier's id of an order under way"
    )
    due_at = models.DateTimeField(default=timezone.now)
    called_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lease", "effect"], name="intent_once_per_effect"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["waiting", "calling", "ordered", "uncertain"]),
                name="intent_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.lease.number} ({self.state})"


class Event(models.Model):
    """One line in the timeline of a lease; only ever added."""

    lease = models.ForeignKey(Lease, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=40)
    detail = models.TextField(blank=True)
    actor = models.CharField(max_length=40, default="pool", help_text="pool, carrier, or an operator's name")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["lease", "at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.what}"
