"""Jasmin SMS Gateway."""

from numbers.carriers.jasmin.webhooks import Jasmin

__all__ = ["Jasmin"]
