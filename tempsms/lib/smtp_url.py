"""The address of an SMTP server, as SMTP_URL has it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_WRONG = (
    "SMTP_URL must be like smtp+tls://user:password@mail.example.org:587 (smtps: TLS at once, smtp: none)"
)


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server: `tls` from the first byte, `starttls` after a command; without a host there is none."""

    host: str = ""
    port: int = 25
    tls: bool = False
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


def parse(url: str) -> Server:
    """The server of an address, with percent-escapes in user and password; raises `ImproperlyConfigured`."""
    if not url:
        return Server()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ImproperlyConfigured(_WRONG) from None
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(_WRONG)
    return Server(
        host,
        port or _PORTS[parts.scheme],
        parts.scheme == "smtps",
        parts.scheme == "smtp+tls",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
