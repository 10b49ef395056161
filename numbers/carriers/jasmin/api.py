"""Calls to Jasmin's HTTP API: https://docs.jasminsms.com/en/latest/apis/http/index.html."""

import re

from numbers.carriers.errors import Uncertain
from numbers.carriers.jasmin.webhooks import Jasmin
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import http, payloads
from numbers.carriers.toolkit.gateways import GatewayApi
from tempsms.lib import gsm7


class JasminApi(GatewayApi):
    """A user of the gateway."""

    carrier = Jasmin
    title = "Jasmin"

    def log_in(self) -> None:
        """Ask for the balance."""
        query = {"username": self.setting("username"), "password": self.setting("password")}
        self.checked(http.call(self.http, "GET", f"{self.base}/balance", params=query))

    def send(self, message: Outgoing) -> Sent:
        """Queue it, as GSM 03.38 where it fits, else as UCS-2. The answer is `Success "id"`."""
        self.check_textual(message)
        text = message.body
        coding, content = (
            (0, gsm7.encode(text)) if gsm7.fits(text) else (8, text.encode("utf-16-be", "replace"))
        )
        form = {
            "username": self.setting("username"),
            "password": self.setting("password"),
            "from": message.sender,
            "to": payloads.digits(message.recipient),
            "coding": str(coding),
            "hex-content": content.hex(),
        }
        if message.status_url:
            receipts = {
                "dlr": "yes",
                "dlr-level": "3",
                "dlr-method": "POST",
                "dlr-url": self.status_url(message),
            }
            form |= receipts
        reply = self.checked(http.call(self.http, "POST", f"{self.base}/send", form=form))
        ref = re.fullmatch(r'Success "([^"]{1,128})"\s*', reply)
        if ref is None:
            raise Uncertain("Jasmin's answer does not name the message")
        return Sent(ref[1])
