"""Requests to addresses that users choose: over https, to public hosts only, bounded in bytes and seconds.

A host's addresses are all looked at, and what was looked at is what is connected to, for as long as the connection is
kept (`outgoing_http.PublicBackend`). Which ranges are not public is decided twice: by Python's `ipaddress` and by the
list that Microsoft keeps in `microsoft-antissrf`, which has the machines of clouds too. The library's own sessions are
for `requests`, so they cannot serve here, where hundreds of requests are under way in one loop; they do in
`inbox.forwarding.chat`. No redirect is followed, no proxy and no cookies are used, and nothing is decoded.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import httpcore
import httpx

from tempsms.lib import outgoing_http

LONGEST_ADDRESS = 2000
READ = 16_384
"""Bytes of an answer's body that are read."""
BODY_WITHIN = 2.0  # seconds; the status says all that matters
IDLE = 5.0  # seconds for which an unused connection is kept
_UNWRITABLE = re.compile(r"[\s\x00-\x20\x7f\\]")
_WITH_LOGIN = re.compile(r"[^/?#]*//[^/?#]*@")  # httpx drops an empty one
_DROPPED = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
_FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)


class RequestFailed(Exception):
    """There was no answer; the text says why, and contains no address."""


class AddressRefused(RequestFailed):
    """An address that must not be requested."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the operator allows beyond public hosts over https."""

    http: bool = False
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def allows(self, address: str) -> bool:
        """Whether an IP address may be connected to."""
        ip = ip_address(address)
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        return outgoing_http.is_public(address) and not any(ip in block for block in _list_denied())


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the headers by their names in lower case, and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def parse(address: str, reach: Reach) -> httpx.URL:
    """An address that may be requested, as far as is known before its host is resolved; raises `AddressRefused`."""
    if len(address) > LONGEST_ADDRESS or _UNWRITABLE.search(address):
        raise AddressRefused("not an address")
    try:
        url = httpx.URL(address)
        host = url.host  # decoded here; raises for a punycode that means nothing
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused("not an address") from error
    if not host or url.scheme not in ("https", "http"):
        raise AddressRefused("not an https address")
    if url.scheme == "http" and not reach.http:
        raise AddressRefused("http is not allowed here: use https")
    if url.userinfo or _WITH_LOGIN.match(address):
        raise AddressRefused("it has a login in it")
    # below 1024 are other services' ports, mail and databases among them
    if url.port is not None and url.port not in (80, 443) and not 1024 <= url.port <= 65535:
        raise AddressRefused("its port is not one of a web server")
    with suppress(ValueError):
        if not reach.allows(str(ip_address(host))):
            raise AddressRefused("not at a public host")
    return url


class Connections:
    """Kept connections to one address."""

    def __init__(self, address: str, reach: Reach) -> None:
        self._url = parse(address, reach)
        backend = outgoing_http.PublicBackend(outgoing_http.connector(), reach.allows)
        self._pool = httpcore.AsyncConnectionPool(
            outgoing_http.trusted(), max_connections=None, keepalive_expiry=IDLE, network_backend=backend
        )

    async def post(self, body: bytes, headers: Mapping[str, str], seconds: float, most: int = READ) -> Answer:
        """Post a body; return the answer, whatever its status, and `most` bytes of its body. Raises `RequestFailed`."""
        return await self._send(self._make_request(b"POST", body, headers), seconds, most)

    async def get(self, headers: Mapping[str, str], seconds: float, most: int = READ) -> Answer:
        """Get the address; return what `post` does."""
        return await self._send(self._make_request(b"GET", b"", headers), seconds, most)

    async def _send(self, request: httpcore.Request, seconds: float, most: int) -> Answer:
        """The answer to a request; raises `RequestFailed`."""
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            try:
                return await self._ask(request, deadline, most)
            except _DROPPED:
                # servers close kept connections, sometimes just as they are used again
                return await self._ask(request, deadline, most)
        except TimeoutError as error:
            raise RequestFailed(f"no answer within {seconds:g} seconds") from error
        except outgoing_http.AddressForbidden as error:
            raise AddressRefused("not at a public host") from error
        except _FAILURES as error:
            raise RequestFailed(f"not reached: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _ask(self, request: httpcore.Request, deadline: float, most: int) -> Answer:
        """The answer to a request, its body as far as it arrives soon."""
        async with asyncio.timeout_at(deadline):
            response = await self._pool.handle_async_request(request)
        body = bytearray()
        try:
            with suppress(TimeoutError, *_FAILURES):
                async with asyncio.timeout(BODY_WITHIN):
                    async for piece in response.aiter_stream():
                        body += piece
                        if len(body) > most:
                            break
        finally:
            with suppress(*_FAILURES):
                await response.aclose()
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, found, bytes(body[:most]))

    def _make_request(self, method: bytes, body: bytes, headers: Mapping[str, str]) -> httpcore.Request:
        url = self._url
        port = url.port or (443 if url.scheme == "https" else 80)
        given = {
            "host": url.netloc.decode(),
            **({"content-length": str(len(body))} if method != b"GET" else {}),
            # A compressed answer could be a thousand times as large as what is read of it
            "accept-encoding": "identity",
            "user-agent": "tempsms",
            **headers,
        }
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        target = httpcore.URL(scheme=url.scheme.encode(), host=url.raw_host, port=port, target=url.raw_path)
        return httpcore.Request(method, target, headers=pairs, content=body)


@cache
def _list_denied() -> list[IPv4Network | IPv6Network]:
    """The ranges that microsoft-antissrf denies."""
    # it imports requests, which takes 0.15 s: not before the first request
    from AntiSSRF import IPAddressRanges

    return [ip_network(block) for block in IPAddressRanges.recommended_latest]
