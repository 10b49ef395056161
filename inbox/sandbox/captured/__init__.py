"""The carriers whose APIs are captured, as far as the sandbox has to know them: one file each, and its entry here."""

from inbox.sandbox.captured.aws import AWS
from inbox.sandbox.captured.bandwidth import BANDWIDTH
from inbox.sandbox.captured.entry import CapturedCarrier
from inbox.sandbox.captured.infobip import INFOBIP
from inbox.sandbox.captured.messagebird import MESSAGEBIRD
from inbox.sandbox.captured.plivo import PLIVO
from inbox.sandbox.captured.sinch import SINCH
from inbox.sandbox.captured.telnyx import TELNYX
from inbox.sandbox.captured.twilio import TWILIO
from inbox.sandbox.captured.vonage import VONAGE

_ALL = (TWILIO, VONAGE, TELNYX, PLIVO, AWS, SINCH, BANDWIDTH, INFOBIP, MESSAGEBIRD)
CARRIERS: dict[str, CapturedCarrier] = {carrier.name: carrier for carrier in _ALL}
"""By name, in the order in which they are shown."""
