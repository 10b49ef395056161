"""Whether a request comes from this machine, even through proxies: what is for whoever works on it asks here.

For the sandbox, networks that the operator names (`SANDBOX_NETWORKS`) count as this machine: those of containers.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from tempsms.lib import visitor
from tempsms.lib.asgi import Scope

# what proxies and CDNs add; a request with any of them came from elsewhere unless X-Forwarded-For says otherwise
_FORWARDING = {
    *(
        b"cdn-loop",
        b"cf-connecting-ip",
        b"fastly-client-ip",
        b"forwarded",
        b"forwarded-for",
        b"true-client-ip",
    ),
    *(
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-original-forwarded-for",
    ),
    *(b"x-real-ip",),
}


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    read = visitor.read_address(address)
    return read is not None and read.is_loopback


def is_near(address: str) -> bool:
    """Whether an address is this machine's own, or in a network that counts as this machine for the sandbox."""
    read = visitor.read_address(address)
    return read is not None and (read.is_loopback or any(read in one for one in settings.SANDBOX_NETWORKS))


def asks(scope: Scope, is_here: Callable[[str], bool] = is_loopback) -> bool:
    """Whether a request comes from this machine; `is_here` tells by an address."""
    peer = (scope.get("client") or [""])[0]
    names = [name for name, _ in scope["headers"]]
    if not any(name in _FORWARDING or name.startswith(b"x-forwarded") for name in names):
        return is_here(peer)
    forwarded_for, trusted = visitor.forwarded_for(scope), settings.TRUSTED_PROXIES
    # fewer hops than proxies: one of them writes none, and the client may have written all that there is
    complete = 0 < trusted <= len(visitor.split_hops(forwarded_for))
    client = visitor.client_address(peer, forwarded_for, trusted)
    return complete and is_here(peer) and is_here(client)


def asks_directly(scope: Scope) -> bool:
    """Whether a program near the sandbox asks: not a page of another site, in a browser here.

    A page cannot read the answer, but its request arrives. Browsers say so in `Origin` or `Sec-Fetch-Site`; a page
    whose name was pointed at this machine meanwhile (DNS rebinding) is known by the host that it asks for.
    """
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin") or b"origin" in headers:
        return False
    host, _ = split_domain_port(headers.get(b"host", b"").decode("latin-1"))
    return validate_host(host, settings.ALLOWED_HOSTS) and asks(scope, is_near)


def asks_for_page(request: HttpRequest) -> bool:
    """Whether somebody at a browser near the sandbox asks; Django has checked the host that it asks for."""
    headers = [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in request.headers.items()
    ]
    return asks({"client": [request.META.get("REMOTE_ADDR", ""), 0], "headers": headers}, is_near)
