"""Addresses that are one although written differently: scheme and host have no case, 443 is https's own port.

RFC 3986, 6.2.2.1 and 6.2.3. An operator types a webhook's address into a carrier's form, and some carriers sign it as
it was typed. We know its normal spelling only, so the usual others are tried. Another port or host is another address.
"""

import re
from contextlib import suppress
from functools import lru_cache
from itertools import product

from numbers.carriers.contract import Request

_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#]*?)(?P<port>:\d+)?(?P<rest>[/?#].*)?", re.IGNORECASE | re.DOTALL
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalise(address: str) -> str:
    """Scheme and host in lower case, without the scheme's own port; what is not an http address stays as it is."""
    parts = _PARTS.fullmatch(address)
    if parts is None:
        return address
    scheme, port = parts["scheme"].lower(), parts["port"] or ""
    if port and int(port[1:]) == _DEFAULT_PORTS[scheme]:
        port = ""
    return f"{scheme}://{parts['host'].lower()}{port}{parts['rest'] or ''}"


def spellings(request: Request) -> tuple[str, ...]:
    """How the address before its query may have been written, as it is in the request first."""
    base = request.url.partition("#")[0].partition("?")[0]
    return spellings_of(base, request.header("host")[:255])


@lru_cache(maxsize=256)
def spellings_of(base: str, called_host: str = "") -> tuple[str, ...]:
    """The same for an address without a query; a Host header counts where it names this host in another case."""
    parts = _PARTS.fullmatch(base)
    if parts is None:
        return (base,)
    scheme, host, port, rest = parts["scheme"], parts["host"], parts["port"] or "", parts["rest"] or ""
    own = f":{_DEFAULT_PORTS[scheme.lower()]}"
    ports = [port, own if port == "" else ""] if port in ("", own) else [port]
    schemes = dict.fromkeys([scheme, scheme.capitalize(), scheme.upper()])
    written = product(schemes, _spell_host(host, called_host), ports)
    # The path's case counts, so it stays as it is
    return tuple(f"{scheme}://{host}{port}{rest}" for scheme, host, port in written)


def _spell_host(host: str, called_host: str) -> list[str]:
    """The host as people capitalise it, and an international name as they read it."""
    labels = host.split(".")
    capital = [label.capitalize() for label in labels]
    hosts = [
        host,
        ".".join([capital[0], *labels[1:]]),
        ".".join([*capital[:-1], labels[-1]]),
        ".".join(capital),
        host.upper(),
    ]
    called = called_host.partition(":")[0]
    # The header only chooses a spelling: another host in it, which anybody can send, is ignored
    if called.lower() == host:
        hosts.insert(1, called)
    if "xn--" in host:
        with suppress(UnicodeError):
            hosts.append(host.encode().decode("idna"))
    return list(dict.fromkeys(hosts))
