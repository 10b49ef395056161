"""Operators' own rules for what public pages withhold or show."""

import re2
from django.core.exceptions import ValidationError
from django.db import models


def compiled(pattern: str) -> "re2._Regexp":
    """Compile a pattern with RE2 (linear time), ignoring case; raises `re2.error`."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    # One megabyte for each pattern: RE2 refuses one that would need more instead of growing
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def check_pattern(pattern: str) -> None:
    """Raise `ValidationError` for a pattern that RE2 rejects or that matches an empty text."""
    try:
        matches_nothing = compiled(pattern).search("")
    except re2.error as error:
        raise ValidationError(f"This is not a valid RE2 expression: {_describe_error(error)}") from error
    if matches_nothing:
        raise ValidationError("This pattern matches every text, even an empty one.")


def _describe_error(error: Exception) -> str:
    message = error.args[0] if error.args else ""
    return message.decode(errors="replace") if isinstance(message, bytes) else str(message)


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
