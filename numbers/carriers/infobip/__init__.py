"""Infobip."""

from numbers.carriers.infobip.webhooks import Infobip

__all__ = ["Infobip"]
