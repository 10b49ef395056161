"""Vonage."""

from numbers.carriers.vonage.api import VonageApi as Api

__all__ = ["Api"]
