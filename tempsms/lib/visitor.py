"""Who a visitor is for limits: a keyed, daily changing hash of the address prefix; the address is never kept."""

import ipaddress
import re
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from tempsms.lib import vault
from tempsms.lib.asgi import Scope

# an unbracketed IPv6 address has no port: its last colon is its own
_ADDRESS = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+(?:%[^\]]*)?)\](?::\d{1,5})?|(?P<v4>\d[\d.]*)(?::\d{1,5})?|(?P<plain>[^\[\]]*)"
)


def of_scope(scope: Scope) -> str:
    """The visitor behind an ASGI scope: 32 hex digits."""
    return _hash_visitor((scope.get("client") or ["", 0])[0], forwarded_for(scope))


def of_request(request: HttpRequest) -> str:
    """The visitor behind a Django request: the same name."""
    return _hash_visitor(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def forwarded_for(scope: Scope) -> str:
    """All X-Forwarded-For headers as one: a proxy may append a line of its own."""
    lines = [value for name, value in scope["headers"] if name.lower() == b"x-forwarded-for"]
    return b",".join(lines).decode("latin-1")


def split_hops(forwarded: str) -> list[str]:
    """The entries of an X-Forwarded-For header, the client's first."""
    return [hop.strip() for hop in forwarded.split(",") if hop.strip()]


def _hash_visitor(peer: str, forwarded: str) -> str:
    address = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
    # The day is part of the hash: nobody can be followed from one day to the next
    today = datetime.now(UTC).date().isoformat()
    return vault.keyed_hash("visitor", today, prefix(address)).hex()


def client_address(peer: str, forwarded: str, trusted: int) -> str:
    """The client's address behind our `trusted` proxies.

    Each proxy appends the address it saw, so the client is the entry that our outermost proxy wrote, counted from
    the right; anything further left may be forged.
    """
    hops = split_hops(forwarded) if trusted else []
    return hops[-min(trusted, len(hops))] if hops else peer


@lru_cache(maxsize=4096)
def prefix(address: str) -> str:
    """The network that counts as one visitor: /24 for IPv4, /64 for IPv6.

    Proxies also write a port behind the address (Azure, IIS) and brackets around IPv6: both are left out. A value that
    is not an address counts as a visitor of its own: sharing one name, strangers would use up each other's budgets, and
    who can write such a value can write any address, so nobody gains a budget by it.
    """
    parsed = read_address(address)
    if parsed is None:
        return f"other {address}"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in `192.0.2.7`, `192.0.2.7:51234`, `2001:db8::1`, `[2001:db8::1]:443`; None in anything else.

    An IPv4 address that an IPv6 socket saw (`::ffff:192.0.2.7`) is given as IPv4.
    """
    found = _ADDRESS.fullmatch(text.strip().strip('"'))
    bare = (found["v6"] or found["v4"] or found["plain"]) if found else ""
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address
