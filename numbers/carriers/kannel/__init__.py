"""Kannel."""

from numbers.carriers.kannel.api import KannelApi as Api

__all__ = ["Api"]
