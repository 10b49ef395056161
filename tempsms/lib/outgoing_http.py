"""Files at addresses that others wrote: over https, from public hosts only, bounded in bytes and seconds.

A host is looked up once, and what was checked is what is connected to: its name decides the certificate and the Host
header only. No proxy and no cookies are used, nothing is decoded, and a redirect is followed without the login.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network

import httpcore
import httpx

REDIRECTS = 3
TRIED = 3
"""How many of a host's addresses are tried."""

_REDIRECTED = (301, 302, 303, 307, 308)
_GONE = (404, 410)
# IPv4 written as IPv6 (::ffff:0:0/96, 64:ff9b::/96) lies outside, as do all private ranges
_IPV6_INTERNET = ip_network("2000::/3")
# Python before 3.11.10 takes some of these for global: protocol assignments, Teredo, 6to4, documentation
_SPECIAL = [
    ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


class FetchFailed(Exception):
    """The file cannot be fetched; the text says why and contains no address."""


class AddressForbidden(FetchFailed):
    """Not https, or not at a public host."""


class FileGone(FetchFailed):
    """The server no longer has the file."""


class FileTooLarge(FetchFailed):
    """It is larger than the bound."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes, and seconds: to the head of the last answer, and in all."""

    size: int = 10_000_000
    head: float = 10.0
    whole: float = 30.0


@dataclass(frozen=True, slots=True)
class File:
    """The content and the type that the server reports."""

    content: bytearray
    content_type: str


async def fetch(url: str, login: tuple[str, str] | None = None, bounds: Bounds | None = None) -> File:
    """The file at an address; only the first host gets the login. Raises `FetchFailed`."""
    bounds = bounds or Bounds()
    try:
        async with asyncio.timeout(bounds.whole), _make_pool() as pool:
            async with asyncio.timeout(bounds.head):
                response = await _ask_for_file(pool, url, login)
            return await _read_file(response, bounds.size)
    except TimeoutError as error:
        raise FetchFailed("too slow") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise FetchFailed(f"not reached: {type(error).__name__}") from error


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, not on our own or a machine's private network."""
    ip = ip_address(address)
    if ip.version == 6 and ip not in _IPV6_INTERNET:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _SPECIAL)


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host; raises `OSError` or `UnicodeError` where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class PublicBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, or to those that `allows` says it may."""

    def __init__(
        self, connector: httpcore.AsyncNetworkBackend, allows: Callable[[str], bool] = is_public
    ) -> None:
        self._connector = connector
        self._allows = allows

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the host's addresses; raises `AddressForbidden` where any of them is not public."""
        try:
            addresses = await look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(type(error).__name__) from error
        # All, not one: a host with a public and a private address would get through at the second try
        if not all(map(self._allows, addresses)):
            raise AddressForbidden("not at a public host")
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses[:TRIED]:
            try:
                # The address that was checked, not the name: a second
                # look-up could give another one (DNS rebinding)
                return await self._connector.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Always refuse."""
        raise AddressForbidden("not at a public host")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def connector() -> httpcore.AsyncNetworkBackend:
    """What opens connections to addresses that were found to be public."""
    return httpcore.AnyIOBackend()


@cache  # reading the authorities takes some 20 ms
def trusted() -> ssl.SSLContext:
    """The certificate authorities that are trusted."""
    return httpcore.default_ssl_context()


def _make_pool() -> httpcore.AsyncConnectionPool:
    """A pool for one file: no connection is kept for the next one."""
    return httpcore.AsyncConnectionPool(trusted(), network_backend=PublicBackend(connector()))


async def _ask_for_file(
    pool: httpcore.AsyncConnectionPool, url: str, login: tuple[str, str] | None
) -> httpcore.Response:
    """The head of the first answer that is not a redirect."""
    at = _parse_address(url)
    for _ in range(1 + REDIRECTS):
        response = await pool.handle_async_request(_make_request(at, login))
        headers = _read_headers(response)
        if response.status == 200:
            return response
        await response.aclose()
        if response.status in _GONE:
            raise FileGone(f"HTTP {response.status}")
        if response.status not in _REDIRECTED or "location" not in headers:
            raise FetchFailed(f"HTTP {response.status}")
        # Twilio's media redirect to an address that needs no login, and the login must not leave the carrier
        at, login = _parse_address(headers["location"], at), None
    raise FetchFailed("too many redirects")


def _parse_address(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """An address that may be requested, as far as is known before it is resolved."""
    try:
        at = base.join(url) if base else httpx.URL(url)
        host = at.host  # decoded here; raises for a punycode that means nothing
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressForbidden("not an address") from error
    if at.scheme != "https" or not host or at.userinfo or at.port not in (None, 443):
        raise AddressForbidden("not https, or with a login or port of its own")
    return at


def _make_request(at: httpx.URL, login: tuple[str, str] | None) -> httpcore.Request:
    headers = [
        (b"host", at.raw_host),
        (b"accept", b"*/*"),
        # A compressed file could be a thousand times as large as its bound
        (b"accept-encoding", b"identity"),
        (b"connection", b"close"),
        (b"user-agent", b"tempsms"),
    ]
    if login:
        headers.append((b"authorization", b"Basic " + b64encode(":".join(login).encode())))
    target = httpcore.URL(scheme=b"https", host=at.raw_host, port=443, target=at.raw_path)
    return httpcore.Request(b"GET", target, headers=headers)


def _read_headers(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


async def _read_file(response: httpcore.Response, size: int) -> File:
    """The whole body, counted as it comes."""
    headers = _read_headers(response)
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchFailed("compressed, which was not asked for")
    if int(headers.get("content-length", "0")) > size:
        raise FileTooLarge(f"more than {size} bytes")
    content = bytearray()
    async for piece in response.aiter_stream():
        content += piece
        if len(content) > size:
            raise FileTooLarge(f"more than {size} bytes")
        # 64 kB of chunks of one byte would hold the loop for 0.2 s, and its deadline with it
        if len(piece) < 512:
            await asyncio.sleep(0)
    return File(content, headers.get("content-type", ""))
