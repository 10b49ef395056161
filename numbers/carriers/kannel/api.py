"""Calls to Kannel's smsbox: user guide, "SMS push using HTTP POST".

What is about the message is in headers, the charset of its text in Content-Type.
"""

import uuid

from numbers.carriers.errors import Uncertain
from numbers.carriers.kannel.webhooks import Kannel
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import http
from numbers.carriers.toolkit.gateways import GatewayApi
from tempsms.lib import gsm7


class KannelApi(GatewayApi):
    """A sendsms-user of the smsbox."""

    carrier = Kannel
    title = "Kannel"

    def send(self, message: Outgoing) -> Sent:
        """Queue it, as GSM 03.38 where it fits, else as UCS-2.

        Kannel names no message, so the id is ours, and comes back in the receipts' address.
        """
        self.check_textual(message)
        ref = uuid.uuid4().hex
        headers = {
            "X-Kannel-Username": self.setting("username"),
            "X-Kannel-Password": self.setting("password"),
            "X-Kannel-From": message.sender,
            "X-Kannel-To": message.recipient,
            "X-Kannel-Coding": "0" if gsm7.fits(message.body) else "2",
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if message.status_url:
            headers["X-Kannel-DLR-Url"] = self.status_url(message, f"&id={ref}&dlr=%d&reply=%A")
            headers["X-Kannel-DLR-Mask"] = "31"
        url, content = f"{self.base}/cgi-bin/sendsms", message.body.encode(errors="replace")
        reply = self.checked(http.call(self.http, "POST", url, headers=headers, raw=content))
        if not reply.startswith(("0:", "3:")):  # accepted, queued for later
            raise Uncertain("Kannel did not confirm that it accepted the message")
        return Sent(ref)
