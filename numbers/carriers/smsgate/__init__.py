"""SMS Gateway for Android."""

from numbers.carriers.smsgate.api import SmsGateApi as Api

__all__ = ["Api"]
