"""Targets, the rules that pass messages on to them, and their deliveries."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from numbers.models import Number, Rental
from tempsms.lib import vault
from tempsms.lib.effects import Work

UNRECORDED = "not recorded, as its worker ended: it may have arrived"
OPERATORS = ""
"""The owner of what operators make; otherwise it is who may see and change it through the API."""


class Target(models.Model):
    """Where messages go: an address of some kind, with what is known of how it does.

    One worker at a time takes it, so that the bound on what is under way to it holds whatever runs where. `sealed` has
    its `address` and, of a webhook, its `secrets`, newest first: each a `secret` and the time `until` which it signs.
    """

    class Kind(models.TextChoices):
        """What sort of address it is."""

        WEBHOOK = "webhook"
        EMAIL = "email", "e-mail"
        CHAT = "chat", "chat app"

    owner = models.CharField(max_length=64, blank=True, default=OPERATORS, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Addresses too, as those of webhooks and chat apps carry keys
    sealed: Any = vault.SealedSettingsField(default=dict, editable=False)
    address_hash = models.UUIDField(editable=False)
    shown = models.CharField("address", max_length=300, help_text="Without what is secret in it")
    sequence = models.BigIntegerField(default=0, editable=False, help_text="Of its newest delivery")
    created_at = models.DateTimeField(auto_now_add=True)

    enabled = models.BooleanField(default=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why it is disabled, or fails")
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    noticed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When somebody was told that it is disabled"
    )
    succeeded_at = models.DateTimeField("last success", null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    taken_until = models.DateTimeField(null=True, blank=True, editable=False)
    taken_by = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "address_hash"], name="target_once"),
        ]

    def __str__(self) -> str:
        return self.shown


class Rule(models.Model):
    """Which messages go to a target: those of a number, of a rental, or of all numbers, as far as they match.

    A rental's messages are passed on by the rules of that rental alone.
    """

    class Codes(models.TextChoices):
        """Whether a code in the message matters."""

        ANY = "any", "with or without a code"
        WITH = "with", "only with a code"
        WITHOUT = "without", "only without a code"

    owner = models.CharField(max_length=64, blank=True, default=OPERATORS, editable=False)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="rules")
    number = models.ForeignKey(
        Number,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Leave number and rental empty for all numbers",
    )
    rental = models.ForeignKey(Rental, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    sender = models.CharField(max_length=64, blank=True, help_text="Only messages from this sender")
    text = models.CharField(
        "text contains",
        max_length=200,
        blank=True,
        help_text="In upper or lower case; codes are not searched",
    )
    codes = models.CharField(max_length=8, choices=Codes.choices, default=Codes.ANY)
    whole = models.BooleanField(
        default=True,
        editable=False,
        help_text="Whether the owner may read senders whole, and what only operators see",
    )
    code_in_subject = models.BooleanField(
        default=False, help_text="Put the code into the subject of e-mails, which phones show when locked"
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        # operators also make rules for what public pages show
        verbose_name = "forward"
        constraints = [
            models.CheckConstraint(
                condition=Q(number=None) | Q(rental=None),
                name="rule_for_number_or_rental",
                violation_error_message="Choose a number or a rental, not both.",
            ),
        ]

    def __str__(self) -> str:
        what = f"rental {self.rental_id}" if self.rental_id else (self.number or "all numbers")
        return f"{what} to {self.target}"


class Delivery(Work):
    """A message on its way to a target, by one rule: it has one id however often it is tried.

    It never holds a text: that is read for each attempt. `log` has the last attempts, newest last: `at`, `status` (of
    the answer, 0 without one), `ms`, and `note` (why there was none, or the beginning of the answer).
    """

    class Outcome(models.TextChoices):
        """How it ended."""

        DELIVERED = "delivered"
        FAILED = "failed"
        """Tried as often as it may be."""
        DROPPED = "dropped"
        """There is nothing to deliver any more."""

    LOGGED = 20

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.ForeignKey(
        Rule, models.CASCADE, verbose_name="forward", related_name="deliveries", db_index=False
    )
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    # No foreign key: messages are forgotten by dropping their partition
    message_id = models.BigIntegerField(null=True, help_text="Empty for a test")
    sequence = models.BigIntegerField(default=0, help_text="Within its target, from 1; 0 for a test")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was made or replayed")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    status = models.PositiveSmallIntegerField("last status", default=0)
    note = models.CharField(max_length=300, blank=True)
    log = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(help_text="When its message is forgotten, and this with it")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["rule", "message_id"], name="delivery_once"),
        ]
        indexes = [
            models.Index(fields=["target", "due_at"], condition=Q(settled_at=None), name="delivery_due"),
            models.Index(
                fields=["target"], condition=Q(settled_at=None, message_id=None), name="delivery_test_due"
            ),
            models.Index(fields=["target", "-id"], name="delivery_newest"),
            models.Index(fields=["message_id"], name="delivery_by_message"),
            models.Index(fields=["expires_at"], name="delivery_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id that its target gets, the same at every try."""
        return f"dlv_{self.key.hex}"

    def entries(self) -> list[dict[str, Any]]:
        """The log's entries, with one for each attempt of which its worker left no word."""
        found: list[dict[str, Any]] = []
        for entry in self.log:
            before = found[-1]["attempt"] if found else entry["attempt"] - 1
            if len(self.log) < self.LOGGED and not found:
                before = 0
            lost = [
                {"attempt": attempt, "at": "", "status": 0, "ms": 0, "note": UNRECORDED}
                for attempt in range(before + 1, entry["attempt"])
            ]
            found += [*lost, entry]
        return found

    @property
    def is_test(self) -> bool:
        """Whether it carries a made-up message."""
        return self.message_id is None

    @property
    def next_try(self) -> datetime | None:
        """When it is tried next, if it is: not before its target's pause is over, nor while that is disabled."""
        if self.settled_at or not (self.target.enabled or self.is_test):
            return None
        pause = None if self.is_test else self.target.paused_until
        return max(self.due_at, pause) if pause else self.due_at
