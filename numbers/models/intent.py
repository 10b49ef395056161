"""What is to be done at a carrier, recorded before the call."""

from typing import TypeAlias

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from numbers.models.lease import Lease
from tempsms.lib.effects import Work


class IntentState(models.TextChoices):
    """How far the intent has got."""

    WAITING = "waiting"
    CALLING = "calling"
    ORDERED = "ordered"
    UNCERTAIN = "uncertain"
    DONE = "done"
    REFUSED = "refused"


_OPEN = [IntentState.WAITING, IntentState.CALLING, IntentState.ORDERED, IntentState.UNCERTAIN]


class Intent(Work):
    """One effect at a carrier that costs money or ends a lease.

        waiting -> calling -> done | refused
                      ├────> ordered -> done | refused (completed later: polled until it is)
                      └────> uncertain -> done | refused | waiting (as the list of owned numbers shows)

    `calling` is committed before the call is made, so a row that is due in `calling` has an unknown outcome: its worker
    has had more time than it may take. The database allows one intent per lease and effect.
    """

    class Effect(models.TextChoices):
        """What is to be done at the carrier."""

        BUY = "buy"
        RELEASE = "release"

    State: TypeAlias = IntentState
    OPEN = _OPEN
    NOT_BOUGHT = "the carrier does not list it: it was not bought"

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="intents")
    effect = models.CharField(max_length=8, choices=Effect.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    key = models.UUIDField(
        db_default=RandomUUID(),
        editable=False,
        help_text="Identifies the purchase at carriers that can look it up",
    )
    order_ref = models.CharField(
        max_length=128, blank=True, help_text="The carrier's id of an order in progress"
    )
    called_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField("finished at", null=True, blank=True)
    problem = models.TextField(db_column="trouble", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "purchase or release"
        verbose_name_plural = "purchases and releases"
        constraints = [
            models.UniqueConstraint(fields=["lease", "effect"], name="intent_once_per_effect"),
        ]
        indexes = [
            models.Index(
                # Only open intents: the index stays small however many are done
                fields=["due_at"],
                condition=models.Q(state__in=_OPEN),
                name="intent_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.lease.number} ({self.state})"
