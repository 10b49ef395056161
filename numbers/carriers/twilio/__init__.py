"""Twilio."""

from numbers.carriers.twilio.prices import PricedTwilioApi as Api

__all__ = ["Api"]
