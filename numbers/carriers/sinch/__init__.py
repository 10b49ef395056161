"""Sinch."""

from numbers.carriers.sinch.webhooks import Sinch

__all__ = ["Sinch"]
