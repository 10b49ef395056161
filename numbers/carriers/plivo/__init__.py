"""Plivo."""

from numbers.carriers.plivo.api import PlivoApi as Api

__all__ = ["Api"]
