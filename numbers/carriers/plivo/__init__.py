"""Plivo."""

from numbers.carriers.plivo.webhooks import Plivo

__all__ = ["Plivo"]
