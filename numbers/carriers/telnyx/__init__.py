"""Telnyx."""

from numbers.carriers.telnyx.api import TelnyxApi as Api

__all__ = ["Api"]
