"""Bounds of durations, held by forms and by the database alike."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from tempsms.lib.durations import BadDuration, Bounds

# Shorter than a day means paying a carrier's month every few hours: no known use is worth that
ROTATION = Bounds(timedelta(days=1), timedelta(days=3650))
QUARANTINE = Bounds(timedelta(hours=1), timedelta(days=90))
RETENTION = Bounds(timedelta(hours=1), timedelta(days=30))
CODE_LIFE = Bounds(timedelta(minutes=1), timedelta(days=30))
RENTAL = Bounds(timedelta(minutes=1), timedelta(days=366))
COOL_DOWN = Bounds(timedelta(0), timedelta(days=366))


@deconstructible
class Between:
    """A validator of durations that says its bounds with their units."""

    def __init__(self, least: timedelta, most: timedelta) -> None:
        self.bounds = Bounds(least, most)

    def __call__(self, value: timedelta) -> None:
        """Raise `ValidationError` for a duration that is out of bounds."""
        try:
            self.bounds.check(value)
        except BadDuration as error:
            raise ValidationError(str(error)) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Between) and self.bounds == other.bounds

    def __hash__(self) -> int:
        return hash(self.bounds)


def bounded(bounds: Bounds, help_text: str, **options: Any) -> "models.DurationField[Any, Any]":
    """A column for a duration whose forms tell its bounds and keep them; `kept` has the database do it too."""
    validators = [Between(bounds.least, bounds.most)]
    return models.DurationField(validators=validators, help_text=f"{help_text}; {bounds}", **options)


def kept(field: str, bounds: Bounds, name: str) -> models.CheckConstraint:
    """The constraint that keeps a column within its bounds, or empty where it may be."""
    within = models.Q(**{f"{field}__gte": bounds.least, f"{field}__lte": bounds.most})
    return models.CheckConstraint(condition=within, name=name, violation_error_message=f"Only {bounds}.")
