"""Who a visitor is for limits: a keyed, daily changing hash of the address prefix; the address is never kept."""

import ipaddress
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest

from tempsms.lib import vault
from tempsms.lib.asgi import Scope


def of_scope(scope: Scope) -> str:
    """The visitor behind an ASGI scope: 32 hex digits."""
    forwarded = b",".join(value for name, value in scope["headers"] if name.lower() == b"x-forwarded-for")
    return _name((scope.get("client") or ["", 0])[0], forwarded.decode("latin-1"))


def of_request(request: HttpRequest) -> str:
    """The visitor behind a Django request: the same name."""
    return _name(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def _name(peer: str, forwarded_for: str) -> str:
    address = client_address(peer, forwarded_for, settings.TRUSTED_PROXIES)
    today = datetime.now(UTC).date().isoformat()
    return vault.keyed_hash("visitor", today, prefix(address)).hex()


def client_address(peer: str, forwarded_for: str, trusted: int) -> str:
    """The client's address when `trusted` proxies of ours stand before us.

    Each proxy appends the address it saw, so the client is the entry that our outermost proxy wrote, counted from
    the right; whatever stands further left anyone can have made up.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()] if trusted else []
    return hops[-min(trusted, len(hops))] if hops else peer


def prefix(address: str) -> str:
    """The network that counts as one visitor: /24 for IPv4, /64 for IPv6; anything else is one visitor."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))
