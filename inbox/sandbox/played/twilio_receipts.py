"""Writes status callbacks: /docs/messaging/guides/track-outbound-message-status."""

from dataclasses import dataclass
from urllib.parse import urlencode

VERSION = "2010-04-01"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ReceiptWriter:
    """Writes the callbacks of one message; `service` is the Messaging Service that sends it, if any."""

    account: str
    ref: str
    sender: str
    recipient: str
    service: str = ""

    def write(self, state: str, error: str = "") -> str:
        """The body of a callback for a state, with Twilio's code for why it did not arrive."""
        fields = {
            "SmsSid": self.ref,
            "SmsStatus": state,
            "MessageStatus": state,
            "To": self.recipient,
            "MessageSid": self.ref,
            "AccountSid": self.account,
            "From": self.sender,
            "ApiVersion": VERSION,
        }
        if self.service:
            fields["MessagingServiceSid"] = self.service
        if error:
            fields["ErrorCode"] = error
        return urlencode(fields)
