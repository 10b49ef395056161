"""Bandwidth."""

from numbers.carriers.bandwidth.webhooks import Bandwidth

__all__ = ["Bandwidth"]
