"""The carriers whose APIs are captured, as far as the sandbox has to know them: one file each, and its entry here."""

from inbox.sandbox.captured.entry import CapturedCarrier
from inbox.sandbox.captured.twilio import TWILIO

CARRIERS: dict[str, CapturedCarrier] = {carrier.name: carrier for carrier in (TWILIO,)}
"""By name, in the order in which they are shown."""
