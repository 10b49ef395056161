"""The fetcher of files at addresses that others wrote: from public hosts over https, and from nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tempsms.lib import outgoing_http
from tempsms.lib.outgoing_http import Bounds
from tests.far_side import OPEN, PNG, Answer, FarSide, answer, far_side, redirect


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FarSide]:
    """A host without login."""
    async with far_side(tmp_path, monkeypatch, "media.example.com") as far:
        yield far


NOWHERE = [
    "127.0.0.1",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.9",
    "192.0.2.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::1",
    "2001::1",
    "fe80::1%lo",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", NOWHERE)
async def test_a_host_at_an_address_that_is_not_public_is_not_connected_to(
    far: FarSide, address: str
) -> None:
    for addresses in ([address], ["93.184.215.14", address]):
        far.hosts["media.example.com"] = addresses
        with pytest.raises(outgoing_http.AddressForbidden):
            await outgoing_http.fetch(OPEN)
    assert far.connected == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_internet_is_public(address: str) -> None:
    assert outgoing_http.is_public(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "[::ffff:7f00:1]", "localhost"]
)
async def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    """By the system's own resolver."""
    with pytest.raises(outgoing_http.AddressForbidden):
        await outgoing_http.fetch(f"https://{host}/")


async def test_what_was_looked_up_is_connected_to(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that answers otherwise the second time gains nothing."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]

    async def look_up(host: str, port: int) -> list[str]:
        return answers.pop(0)

    monkeypatch.setattr(outgoing_http, "look_up", look_up)
    far.answers = {OPEN: answer(PNG)}
    assert (await outgoing_http.fetch(OPEN)).content == PNG
    assert (far.connected, len(answers)) == (["93.184.215.14"], 1)


async def test_three_redirects_are_followed_and_no_more(far: FarSide) -> None:
    steps = [f"https://media.example.com/{n}" for n in range(5)]
    far.answers = {step: redirect(f"/{n + 1}") for n, step in enumerate(steps)}
    far.answers[steps[3]] = answer(PNG)
    assert (await outgoing_http.fetch(steps[0])).content == PNG
    far.answers[steps[3]] = redirect("/4")
    far.asked.clear()
    with pytest.raises(outgoing_http.FetchFailed, match="redirects"):
        await outgoing_http.fetch(steps[0])
    assert len(far.asked) == 4


async def test_a_certificate_of_another_host_is_not_taken(far: FarSide) -> None:
    far.hosts["other.example.com"] = ["93.184.215.14"]
    with pytest.raises(outgoing_http.FetchFailed, match="ConnectError"):
        await outgoing_http.fetch("https://other.example.com/")
    assert far.asked == []


async def test_no_proxy_of_the_environment_is_used(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    far.answers = {OPEN: answer(PNG)}
    assert (await outgoing_http.fetch(OPEN)).content == PNG


async def endless_head(writer: asyncio.StreamWriter) -> None:
    """One header after the other."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x: y\r\n" * 1000)
        await writer.drain()


async def endless_trailers(writer: asyncio.StreamWriter) -> None:
    """A body, and after it one header after the other."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        writer.write(b"x: y\r\n" * 1000)
        await writer.drain()


async def always_soon(writer: asyncio.StreamWriter) -> None:
    """Word that the answer will come, again and again."""
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


OK, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"transfer-encoding: chunked\r\n"


@pytest.mark.parametrize(
    "found",
    [
        endless_head,
        endless_trailers,
        always_soon,
        OK + b"content-length: " + b"9" * 5000 + b"\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        OK + CHUNKED + b"\r\n" + b"f" * 30 + b"\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"content-encoding: \xff\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        redirect("https://xn--a/"),
        redirect("https://" + "a" * 300 + ".example/"),
        redirect("https://media.example.com:99999/"),
        redirect("https://media.example.com\\@127.0.0.1/"),
        redirect("//media.example.com@127.0.0.1/"),
        redirect(""),
    ],
)
async def test_whatever_comes_it_fails_as_a_fetch(far: FarSide, found: Answer) -> None:
    far.answers = {OPEN: found}
    async with asyncio.timeout(60):
        with pytest.raises(outgoing_http.FetchFailed):
            await outgoing_http.fetch(OPEN, bounds=Bounds(head=1.0, whole=3600))
