"""Bounds of durations, enforced by forms and by the database."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from tempsms.lib.durations import BadDuration, Bounds

# Below one day, a carrier's whole month would be paid every few hours: no known use is worth that
ROTATION = Bounds(timedelta(days=1), timedelta(days=3650))
QUARANTINE = Bounds(timedelta(hours=1), timedelta(days=90))
RETENTION = Bounds(timedelta(hours=1), timedelta(days=30))
CODE_LIFE = Bounds(timedelta(minutes=1), timedelta(days=30))
RENTAL = Bounds(timedelta(minutes=1), timedelta(days=366))
COOL_DOWN = Bounds(timedelta(0), timedelta(days=366))


@deconstructible
class Between:
    """A validator of durations whose error gives the bounds with their units."""

    def __init__(self, least: timedelta, most: timedelta) -> None:
        self.bounds = Bounds(least, most)

    def __call__(self, value: timedelta) -> None:
        """Raise `ValidationError` if a duration is out of bounds."""
        try:
            self.bounds.check(value)
        except BadDuration as error:
            raise ValidationError(str(error)) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Between) and self.bounds == other.bounds

    def __hash__(self) -> int:
        return hash(self.bounds)


def bounded(bounds: Bounds, help_text: str, **options: Any) -> "models.DurationField[Any, Any]":
    """A duration column whose forms show and enforce the bounds; `kept` makes the database enforce them too."""
    validators = [Between(bounds.least, bounds.most)]
    return models.DurationField(validators=validators, help_text=f"{help_text}; {bounds}", **options)


def kept(field: str, bounds: Bounds, name: str) -> models.CheckConstraint:
    """The constraint that a column is within its bounds, or null where that is allowed."""
    within = models.Q(**{f"{field}__gte": bounds.least, f"{field}__lte": bounds.most})
    return models.CheckConstraint(condition=within, name=name, violation_error_message=f"Must be {bounds}.")
