"""Requests to addresses that users choose reach public hosts over https, and nothing else, however they are written."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import httpcore
import pytest

from tempsms.lib import aimed_requests, outgoing_http
from tempsms.lib.aimed_requests import AddressRefused, Connections, Reach, RequestFailed
from tests.far_side import PUBLIC, Answer, Connector, FarSide, answer, far_side, redirect

HOOK = "https://hook.example.com/in?key=1"
OPEN_TO_HTTP = Reach(http=True)

# where names lie that a resolver would give
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "both.example.com": ["93.184.215.14", "10.0.0.1"],
    "six.example.com": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
    "mapped.example.com": ["::ffff:10.0.0.1"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
}
REFUSED = [
    # no https
    *(
        "http://hook.example.com/",
        "ftp://hook.example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_",
    ),
    *(
        "//hook.example.com/",
        "hook.example.com",
        "https:",
        "https://",
        "https:///x",
        "javascript:alert(1)",
        "",
    ),
    # loopback
    *("https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://127.0.1/", "https://0/"),
    *("https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/"),
    *("https://017700000001/", "https://127.000.000.001/", "https://0x7f.1/", "https://127.0.0.1./"),
    *("https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://localhost.localdomain/"),
    *("https://127.255.255.254/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/"),
    *("https://[0:0:0:0:0:0:0:1]/", "https://127.0.0.1.nip.io/"),
    # other scripts' digits and dots
    *("https://127。0。0。1/", "https://127．0．0．1/", "https://１２７.0.0.1/", "https://①②⑦.0.0.1/"),
    *("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://127%2e0%2e0%2e1/", "https://%31%32%37.0.0.1/"),
    # private and special networks
    *("https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.254/"),
    *("https://192.168.1.1/", "https://100.64.0.1/", "https://198.18.0.1/", "https://192.0.0.192/"),
    *("https://192.88.99.1/", "https://203.0.113.7/", "https://224.0.0.1/", "https://240.0.0.1/"),
    *("https://255.255.255.255/", "https://3232235777/", "https://0xa000001/", "https://10.1/"),
    # the machines of clouds
    *("https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/"),
    *("https://metadata.google.internal/", "https://[fd00:ec2::254]/", "https://168.63.129.16/"),
    *("https://100.100.100.200/", "https://[::ffff:169.254.169.254]/", "https://kubernetes.default.svc/"),
    # IPv4 in IPv6
    *("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::ffff:0:127.0.0.1]/"),
    *("https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::10.0.0.1]/"),
    *("https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:a00:1::1]/"),
    *("https://[2001:0:7f00:1::]/", "https://mapped.example.com/"),
    # other IPv6
    *("https://[fe80::1]/", "https://[fe80::1%25lo]/", "https://[fe80::1%lo]/", "https://[fc00::1]/"),
    *("https://[fd12:3456::1]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/"),
    *("https://[100::1]/", "https://[3fff::1]/", "https://[5f00::1]/", "https://six.example.com/"),
    # a public and a private address
    "https://both.example.com/",
    # logins, ports, and what parsers read differently
    *("https://user:pw@hook.example.com/", "https://user@hook.example.com/", "https://@hook.example.com/"),
    *("https://hook.example.com@127.0.0.1/", "https://127.0.0.1#@hook.example.com/"),
    *("https://127.0.0.1\\@hook.example.com/", "https://hook.example.com\\@127.0.0.1/"),
    *("https://hook.example.com:25/", "https://hook.example.com:22/", "https://hook.example.com:0/"),
    *("https://hook.example.com:99999/", "https://hook.example.com:-1/", "https://hook.example.com:x/"),
    *("https://hook.example.com /", " https://hook.example.com/", "https://hook.example.com/\r\nX: y"),
    *("https://hook.example.com/\x00", "https://xn--a/", "https://[::1", "https://hook..example.com/"),
    "https://hook.example.com/" + "a" * 2000,
]


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FarSide]:
    """A host that answers, and names that lie elsewhere; other hosts are what the system's resolver makes of them."""
    async with far_side(tmp_path, monkeypatch, "hook.example.com") as far:
        far.hosts.update(NAMES)
        resolve = asyncio.get_running_loop().getaddrinfo

        async def look_up(host: str, port: int) -> list[str]:
            if host in far.hosts:
                return far.hosts[host]
            return [str(item[4][0]) for item in await resolve(host, port)]

        monkeypatch.setattr(outgoing_http, "look_up", look_up)
        far.answers = {HOOK: answer(b"thanks")}
        yield far


async def post(address: str, reach: Reach | None = None, seconds: float = 10) -> aimed_requests.Answer:
    """The answer there to a short body."""
    connections = Connections(address, reach or Reach())
    try:
        return await connections.post(b'{"a": 1}', {"content-type": "application/json"}, seconds)
    finally:
        await connections.close()


def test_the_table_is_long() -> None:
    assert len(REFUSED) == len(set(REFUSED)) >= 100


@pytest.mark.parametrize("address", REFUSED)
async def test_nothing_is_connected_to(far: FarSide, address: str) -> None:
    with pytest.raises(RequestFailed):
        await post(address)
    assert far.connected == []


@pytest.mark.parametrize("address", [url for url in REFUSED if "https://" in url and "hook" not in url])
async def test_allowing_http_opens_no_host(far: FarSide, address: str) -> None:
    with pytest.raises(RequestFailed):
        await post(address.replace("https://", "http://"), OPEN_TO_HTTP)
    assert far.connected == []


async def test_a_public_host_gets_the_request_as_it_was_made(far: FarSide) -> None:
    found = await post(HOOK)
    assert (found.status, found.body) == (200, b"thanks")
    ((url, headers),) = far.asked
    assert (url, headers["content-type"], headers["content-length"]) == (HOOK, "application/json", "8")
    assert far.connected == [PUBLIC]


async def test_a_second_resolution_gains_nothing(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first connection goes to what was looked up for it, a later one is looked up and refused."""
    given = [[PUBLIC], ["127.0.0.1"]]

    async def look_up(host: str, port: int) -> list[str]:
        return given.pop(0)

    monkeypatch.setattr(outgoing_http, "look_up", look_up)
    connections = Connections(HOOK, Reach())
    assert (await connections.post(b"", {}, 5)).status == 200
    # the server has closed the connection: a new one is needed
    with pytest.raises(AddressRefused):
        await connections.post(b"", {}, 5)
    await connections.close()
    assert (far.connected, given) == ([PUBLIC], [])


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/", "http://169.254.169.254/", "https://hook.example.com/2", "//x", ""]
)
async def test_no_redirect_is_followed(far: FarSide, location: str) -> None:
    far.answers = {HOOK: redirect(location), "https://hook.example.com/2": answer(b"here")}
    assert (await post(HOOK)).status == 307
    assert [url for url, _ in far.asked] == [HOOK]


async def test_no_proxy_of_the_environment_is_used(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await post(HOOK)).status == 200


async def test_a_certificate_of_another_host_is_not_taken(far: FarSide) -> None:
    far.hosts["other.example.com"] = [PUBLIC]
    with pytest.raises(RequestFailed, match="not reached"):
        await post("https://other.example.com/")
    assert far.asked == []


async def never(writer: asyncio.StreamWriter) -> None:
    """No answer."""
    await asyncio.Event().wait()


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def slow(writer: asyncio.StreamWriter) -> None:
    """A body that begins and does not go on."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow")
    await never(writer)


async def test_who_never_answers_is_not_waited_for(far: FarSide) -> None:
    far.answers = {HOOK: never}
    with pytest.raises(RequestFailed, match=r"within 0\.2 seconds"):
        await post(HOOK, seconds=0.2)


@pytest.mark.parametrize(
    ("body", "begins", "size"), [(endless, b"xxx", aimed_requests.READ), (slow, b"slow", 4)]
)
async def test_of_a_body_only_the_beginning_is_read(
    far: FarSide, monkeypatch: pytest.MonkeyPatch, body: Answer, begins: bytes, size: int
) -> None:
    monkeypatch.setattr(aimed_requests, "BODY_WITHIN", 0.2)
    far.answers = {HOOK: body}
    found = await post(HOOK)
    assert (found.status, found.body[: len(begins)], len(found.body)) == (200, begins, size)


@pytest.mark.parametrize(
    "garbage", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nx" + b"y" * 200_000]
)
async def test_what_is_not_http_is_a_failure(far: FarSide, garbage: bytes) -> None:
    far.answers = {HOOK: garbage}
    with pytest.raises(RequestFailed):
        await post(HOOK)


@pytest.mark.parametrize(
    ("reach", "address", "allowed"),
    [
        (Reach(), "https://hook.example.com:8443/", True),
        (Reach(), "https://93.184.215.14/", True),
        (Reach(), "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", True),
        (OPEN_TO_HTTP, "http://hook.example.com/", True),
        (OPEN_TO_HTTP, "http://10.1.2.3/", False),
        (Reach(networks=(ip_network("10.1.2.0/24"),)), "https://10.1.2.3/", True),
        (Reach(networks=(ip_network("10.1.2.0/24"),)), "https://10.1.3.3/", False),
        (Reach(networks=(ip_network("fd00::/8"),)), "https://[fd00::1]/", True),
        (Reach(networks=(ip_network("10.1.2.0/24"),)), "https://[::ffff:10.1.2.3]/", False),
    ],
)
def test_the_operator_opens_http_and_networks_and_nothing_else(
    reach: Reach, address: str, allowed: bool
) -> None:
    if allowed:
        aimed_requests.parse(address, reach)
    else:
        with pytest.raises(AddressRefused):
            aimed_requests.parse(address, reach)


class Plain(Connector):
    """Connects to the far side's port, whichever port is meant."""

    async def connect_tcp(
        self, host: str, port: int, *rest: object, **named: object
    ) -> httpcore.AsyncNetworkStream:
        return await super().connect_tcp(host, 443, *rest, **named)


async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer two requests of one byte, and close."""
    for _ in range(2):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1)
        writer.write(answer(b"ok"))
    writer.close()
    await writer.wait_closed()


async def test_a_connection_is_kept_and_replaced_once_its_server_has_closed_it(
    far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(answer_twice, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(outgoing_http, "connector", lambda: Plain(port, far.connected))
    connections = Connections("http://hook.example.com/", OPEN_TO_HTTP)
    for _ in range(4):
        assert (await connections.post(b"x", {}, 5)).body == b"ok"
    await connections.close()
    server.close()
    await server.wait_closed()
    assert len(far.connected) == 2
