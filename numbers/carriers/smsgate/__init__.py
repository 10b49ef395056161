"""SMS Gateway for Android."""

from numbers.carriers.smsgate.webhooks import SmsGate

__all__ = ["SmsGate"]
