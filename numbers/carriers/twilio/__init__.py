"""Twilio."""

from numbers.carriers.twilio.webhooks import Twilio

__all__ = ["Twilio"]
