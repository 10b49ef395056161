"""Vonage."""

from numbers.carriers.vonage.webhooks import Vonage

__all__ = ["Vonage"]
