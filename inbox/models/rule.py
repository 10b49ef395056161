"""What an operator wants withheld from public pages, or shown on them, beyond what the product knows."""

import re2
from django.core.exceptions import ValidationError
from django.db import models


def compiled(pattern: str) -> "re2._Regexp":
    """A pattern, ready to search with: RE2 (linear in the text), upper and lower case alike; raises `re2.error`."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def check_pattern(pattern: str) -> None:
    """Refuse what RE2 does not understand and what matches everything."""
    try:
        matches_nothing = compiled(pattern).search("")
    except re2.error as error:
        raise ValidationError(f"RE2 does not understand this: {_words(error)}") from error
    if matches_nothing:
        raise ValidationError("This matches every text, also an empty one.")


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


class Rule(models.Model):
    """A pattern of an operator. What matches "withhold" is withheld; else what matches "show" is shown, whatever
    the product's own words say of it. Processes take up a change within seconds.
    """

    class LooksAt(models.TextChoices):
        """Where the pattern is searched."""

        TEXT = "text"
        SENDER = "sender"

    class Effect(models.TextChoices):
        """What follows from a match."""

        WITHHOLD = "withhold"
        SHOW = "show"

    pattern = models.CharField(
        max_length=1000, validators=[check_pattern], help_text="An RE2 expression, searched anywhere"
    )
    looks_at = models.CharField(max_length=8, choices=LooksAt.choices, default=LooksAt.TEXT)
    effect = models.CharField(max_length=8, choices=Effect.choices, default=Effect.WITHHOLD)
    reason = models.CharField(
        max_length=80,
        default="by a rule of this site",
        help_text="What the page says: “1 message withheld: …”",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.effect} {self.looks_at} {self.pattern[:40]}"
