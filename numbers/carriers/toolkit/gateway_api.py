"""What the HTTP APIs of SMPP gateways of one's own have in common: they are at an address, and answer in plain text."""

from typing import ClassVar
from urllib.parse import quote

import httpx

from numbers.carriers.contract import Api
from numbers.carriers.errors import Fault, Rejected
from numbers.carriers.messages import Outgoing


class GatewayApi(Api):
    """A gateway with a login. Subclasses say what it is called."""

    title: ClassVar[str]

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
            fault: Fault = "account" if response.status_code in (401, 403) else "carrier"
            code = str(response.status_code)
            raise Rejected(f"{self.title}: {response.text[:200]}", code=code, fault=fault)
        return response.text
