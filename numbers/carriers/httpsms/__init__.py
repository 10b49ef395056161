"""httpSMS: an Android phone as a carrier."""

from numbers.carriers.httpsms.api import HttpSmsApi as Api

__all__ = ["Api"]
