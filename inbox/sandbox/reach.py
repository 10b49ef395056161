"""Where callbacks of a project may go: to this machine, if that is where its program runs, and where the project says.

What is captured never leaves the machine otherwise. An origin that is named is held to what the operator allows
(`FORWARD_HTTP`, `FORWARD_NETWORKS`), as every address that users choose.
"""

from dataclasses import dataclass

import httpx
from django.conf import settings

from inbox.sandbox.models import LONGEST_ORIGIN, Project
from tempsms.lib.aimed_requests import AddressRefused, Reach, parse
from tempsms.lib.this_machine import is_near

NOT_NAMED = "not called: the project does not name this address"


@dataclass(frozen=True, slots=True)
class _ThisMachine(Reach):
    """Loopback, what counts as this machine, and nothing else; also over http."""

    http: bool = True

    def allows(self, address: str) -> bool:
        """Whether an IP address is this machine's own, or counts as its."""
        return is_near(address)


def reach_of(project: Project, url: str) -> Reach:
    """What a project's callback to an address may connect to; raises `AddressRefused` if it may not go there."""
    if _origin_of(url) in project.origins:
        return Reach(settings.FORWARD_HTTP, tuple(settings.FORWARD_NETWORKS))
    if project.local:
        return _ThisMachine()
    raise AddressRefused(NOT_NAMED)


def check_origin(text: str) -> str:
    """An origin as it is compared with others; raises `ValueError` for what is none, or not allowed here."""
    try:
        url = parse(text, Reach(settings.FORWARD_HTTP, tuple(settings.FORWARD_NETWORKS)))
    except AddressRefused as error:
        raise ValueError(f"{text!r}: {error}") from error
    if url.raw_path not in (b"", b"/") or url.fragment:
        raise ValueError(f"{text!r} is more than an origin (example: https://app.example.org)")
    origin = _origin_of(text)
    if len(origin) > LONGEST_ORIGIN:
        raise ValueError(f"it is longer than {LONGEST_ORIGIN} characters")
    return origin


def _origin_of(url: str) -> str:
    """Scheme, host and port of an address, or an empty text."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return ""
    return f"{parsed.scheme}://{parsed.netloc.decode()}"
