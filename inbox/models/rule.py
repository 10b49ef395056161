"""Operators' own rules for what public pages withhold or show."""

from django.core.exceptions import ValidationError
from django.db import models

from inbox.text.patterns import BadPattern, compile_rule


def check_pattern(pattern: str) -> None:
    """Raise `ValidationError` for a pattern that RE2 rejects or that matches an empty text."""
    try:
        matches_nothing = compile_rule(pattern).search("")
    except BadPattern as error:
        raise ValidationError(f"This is not a valid RE2 expression: {error}") from error
    if matches_nothing:
        raise ValidationError("This pattern matches every text, even an empty one.")


class Rule(models.Model):
    """A pattern set by an operator. A match of "withhold" withholds a message; otherwise a match of "show" shows it,
    whatever the built-in rules decide. Changes take effect within seconds.
    """

    class LooksAt(models.TextChoices):
        """Where the pattern is searched for."""

        TEXT = "text"
        SENDER = "sender"

    class Effect(models.TextChoices):
        """What a match does."""

        WITHHOLD = "withhold"
        SHOW = "show"

    pattern = models.CharField(
        max_length=1000, validators=[check_pattern], help_text="An RE2 expression; it may match anywhere"
    )
    looks_at = models.CharField("search in", max_length=8, choices=LooksAt.choices, default=LooksAt.TEXT)
    effect = models.CharField(max_length=8, choices=Effect.choices, default=Effect.WITHHOLD)
    reason = models.CharField(
        max_length=80,
        default="Rules of this site",
        help_text="What the page shows before the number of messages: “Rules of this site: 2”",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.effect} {self.looks_at} {self.pattern[:40]}"
