"""SignalWire, which speaks Twilio's dialect."""

from numbers.carriers.signalwire.webhooks import SignalWire

__all__ = ["SignalWire"]
