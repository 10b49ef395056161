"""What self-hosted SMPP gateways have in common: a token for a signature, texts as bytes, plain answers."""

from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import httpx

from numbers.carriers.contract import LEASING, Api, Carrier, Feature, Request, Secrets
from numbers.carriers.errors import Fault, Rejected
from numbers.carriers.messages import Inbound, Outgoing, Part
from numbers.carriers.settings import Setting, address, anything, optional
from numbers.carriers.toolkit import authentication, charsets, payloads

LACKS = {
    **dict.fromkeys((*LEASING, Feature.OWNED), "a gateway has no numbers of its own"),
    Feature.SIGNED: "it signs nothing; a token in the webhook address proves a request",
    Feature.MEDIA: "SMPP has no MMS",
    Feature.MESSAGES: "it does not list messages",
}


def settings(base_url: str, username: str) -> tuple[Setting, ...]:
    """A gateway's settings, with the help for two of them."""
    return (
        Setting("token", "part of the webhook address; two while you change it", anything),
        optional("base_url", base_url, address),
        optional("username", username, anything),
        optional("password", "password of that user", anything),
    )


class Gateway(Carrier):
    """Webhooks of a gateway."""

    signed = False
    parts = True

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the token in the address."""
        authentication.check_token(request, secrets)


def message(ref: str, payload: dict[str, str], content: bytes, charset: str, part: Part | None) -> Inbound:
    """A message, or a part of one, whose text came as bytes in a charset; without a charset it is binary."""
    body = charsets.join([(content, charset)], torn=part is not None) if charset else None
    return Inbound(
        ref,
        payloads.phone(payloads.needed(payload, "from")),
        payloads.phone(payloads.needed(payload, "to")),
        content.hex() if body is None else body,
        flags=("binary",) if body is None else (),
        part=replace(part, content=content, charset=charset) if part and body is not None else part,
    )


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
