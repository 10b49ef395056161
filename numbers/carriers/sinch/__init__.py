"""Sinch."""

from numbers.carriers.sinch.api import SinchApi as Api

__all__ = ["Api"]
