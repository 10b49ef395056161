"""Infobip."""

from numbers.carriers.infobip.api import InfobipApi as Api

__all__ = ["Api"]
