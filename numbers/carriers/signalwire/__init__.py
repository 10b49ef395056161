"""SignalWire, which speaks Twilio's dialect."""

from numbers.carriers.signalwire.api import SignalWireApi as Api

__all__ = ["Api"]
