"""Test messages that we send to our own numbers to see whether they arrive."""

import secrets
from typing import TypeAlias

from django.db import models
from django.utils import timezone

from numbers.models.account import Account
from numbers.models.number import Number

_LETTERS = "bcdfghjkmnpqrstvwxz"  # no vowels, so no words; no digits, so no code


def new_word() -> str:
    """A random word that identifies one canary."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


class CanaryState(models.TextChoices):
    """The outcome of a canary."""

    SENDING = "sending"
    SENT = "sent"
    SEEN = "seen"
    LOST = "lost"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Canary(models.Model):
    """A test message from one of our accounts to a number of another: written before it is sent, sent once.

        sending -> sent -> seen | lost        sending -> refused | uncertain

    The database allows one on its way to a number at a time.
    """

    State: TypeAlias = CanaryState

    number = models.ForeignKey(Number, on_delete=models.CASCADE, related_name="canaries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="canaries")
    word = models.CharField(max_length=16, unique=True, default=new_word)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SENDING)
    carrier_ref = models.CharField("carrier's id", max_length=128, blank=True)
    price = models.DecimalField(
        max_digits=10, decimal_places=5, help_text="The expected price until the carrier reports it"
    )
    currency = models.CharField(max_length=3)
    sent_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(db_column="trouble", blank=True)

    class Meta:
        verbose_name = "test message"
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(state__in=[CanaryState.SENDING, CanaryState.SENT]),
                name="canary_one_open_per_number",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "sent_at"], name="canary_by_account"),
            models.Index(fields=["number", "-sent_at"], name="canary_newest"),
        ]

    def __str__(self) -> str:
        return f"test message to {self.number} ({self.state})"
