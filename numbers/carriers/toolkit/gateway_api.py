"""Sending through SMPP gateways of one's own: Jasmin's HTTP API and Kannel's smsbox, which answer in plain text."""

import re
import uuid
from urllib.parse import quote

import httpx

from numbers.carriers.contract import Access, Outgoing, Sent, secret_values
from numbers.carriers.errors import NotSet, Rejected, Uncertain, Unsupported
from numbers.carriers.toolkit import http, payloads


class _Gateway:
    """A gateway with a login."""

    title = ""

    def __init__(self, access: Access) -> None:
        self.access = access

    def setting(self, name: str) -> str:
        """The account's setting; raises `NotSet` without one."""
        values = secret_values(self.access.secrets, name)
        if not values:
            raise NotSet(name)
        return values[0]

    @property
    def base(self) -> str:
        """Its address."""
        given = self.setting("base_url").rstrip("/")
        if not given.startswith(("https://", "http://")):
            raise Rejected("the setting base_url is not an address", fault="account")
        return given

    def status_url(self, message: Outgoing, more: str = "") -> str:
        """Where receipts go, with our token."""
        return f"{message.status_url}?token={quote(self.setting('token'), safe='')}{more}"

    def checked(self, response: httpx.Response) -> str:
        """What the gateway said; raises `Rejected` for a clear no."""
        if response.is_client_error:
            fault = "account" if response.status_code in (401, 403) else "carrier"
            raise Rejected(
                f"{self.title}: {response.text[:200]}",
                code=str(response.status_code),
                fault=fault,  # type: ignore[arg-type]
            )
        return response.text


class JasminApi(_Gateway):
    """https://docs.jasminsms.com/en/latest/apis/http/index.html"""

    title = "Jasmin"

    def log_in(self) -> None:
        """Ask for the balance."""
        query = {"username": self.setting("username"), "password": self.setting("password")}
        self.checked(http.call(self.access, "GET", f"{self.base}/balance", params=query))

    def send(self, message: Outgoing, coding: int, content: bytes) -> Sent:
        """Queue it: `Success "id"`."""
        if message.media:
            raise Unsupported("jasmin", "sending files")
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
        said = self.checked(http.call(self.access, "POST", f"{self.base}/send", form=form))
        ref = re.fullmatch(r'Success "([^"]{1,128})"\s*', said)
        if ref is None:
            raise Uncertain("Jasmin's answer does not name the message")
        return Sent(ref[1])


class KannelApi(_Gateway):
    """User guide, "SMS push using HTTP POST": what is about the message is in headers, the charset in Content-Type."""

    title = "Kannel"

    def send(self, message: Outgoing, coding: int) -> Sent:
        """Queue it. Kannel names no message, so the id is ours, and comes back in the receipts' address."""
        if message.media:
            raise Unsupported("kannel", "sending files")
        ref = uuid.uuid4().hex
        headers = {
            "X-Kannel-Username": self.setting("username"),
            "X-Kannel-Password": self.setting("password"),
            "X-Kannel-From": message.sender,
            "X-Kannel-To": message.recipient,
            "X-Kannel-Coding": str(coding),
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if message.status_url:
            headers["X-Kannel-DLR-Url"] = self.status_url(message, f"&id={ref}&dlr=%d&reply=%A")
            headers["X-Kannel-DLR-Mask"] = "31"
        url, content = f"{self.base}/cgi-bin/sendsms", message.body.encode(errors="replace")
        said = self.checked(http.call(self.access, "POST", url, headers=headers, content=content))
        if not said.startswith(("0:", "3:")):  # accepted, queued for later
            raise Uncertain("Kannel did not confirm that it accepted the message")
        return Sent(ref)
