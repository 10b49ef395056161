"""Bandwidth."""

from numbers.carriers.bandwidth.api import BandwidthApi as Api

__all__ = ["Api"]
