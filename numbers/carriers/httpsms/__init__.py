"""httpSMS: an Android phone as a carrier."""

from numbers.carriers.httpsms.webhooks import HttpSms

__all__ = ["HttpSms"]
