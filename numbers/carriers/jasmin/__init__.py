"""Jasmin SMS Gateway."""

from numbers.carriers.jasmin.api import JasminApi as Api

__all__ = ["Api"]
