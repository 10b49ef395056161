"""Web origins in one spelling (RFC 6454): scheme, host in lower case and punycode, port unless it is the default.

Whoever compares addresses compares these: "https://Inbox.Example.net:443/" and "https://inbox.example.net" are one.
"""

import ipaddress
import re
from contextlib import suppress
from urllib.parse import urlsplit

import idna

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ASCII_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def normalise(url: str) -> str:
    """The origin of an address that is nothing but an origin; raises `ValueError` for anything else."""
    parts = urlsplit(url.strip())
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an address like https://sms.example.org")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("more than scheme, host and port")
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{in_url(normalise_host(parts.hostname))}{port}"


def normalise_host(name: str) -> str:
    """A host name or address in lower case and punycode, IPv6 without brackets; raises `ValueError`."""
    name = name.strip().removeprefix("[").removesuffix("]")
    with suppress(ValueError):
        return ipaddress.ip_address(name).compressed
    name = name.removesuffix(".").lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode()  # its error is a ValueError
    if not _ASCII_HOST.fullmatch(name):
        raise ValueError("not a host name")
    return name


def normalise_pattern(pattern: str) -> str:
    """An entry of ALLOWED_HOSTS; a leading dot means all subdomains. Scheme, port and slash are taken off."""
    if pattern == "*":
        return pattern
    _, _, bare = pattern.rpartition("://")
    bare = bare.rstrip("/")
    if bare.startswith("."):
        return f".{normalise_host(bare[1:])}"
    with suppress(ValueError):
        return in_url(normalise_host(bare))  # an IPv6 address, maybe without its brackets
    return in_url(normalise_host(urlsplit(f"//{bare}").hostname or ""))


def in_url(host: str) -> str:
    """The host as addresses spell it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def of_hosts(url: str, patterns: list[str]) -> list[str]:
    """The origins of an address's scheme and port at all these hosts, as Django's CSRF check spells them."""
    try:
        origin = normalise(url)
    except ValueError:
        return []
    scheme, port = origin.partition("://")[0], urlsplit(origin).port
    hosts = ("*" + host if host.startswith(".") else host for host in patterns if host != "*")
    return list(
        dict.fromkeys([origin, *(f"{scheme}://{host}{f':{port}' if port else ''}" for host in hosts)])
    )


def host_of(url: str) -> str:
    """The host of an address as addresses spell it; "" where there is none."""
    with suppress(ValueError):
        return in_url(urlsplit(url).hostname or "")
    return ""


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine only."""
    host = host_of(url)
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host == "localhost" or host.endswith(".localhost")
