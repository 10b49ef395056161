"""Kannel."""

from numbers.carriers.kannel.webhooks import Kannel

__all__ = ["Kannel"]
