"""Telnyx."""

from numbers.carriers.telnyx.webhooks import Telnyx

__all__ = ["Telnyx"]
