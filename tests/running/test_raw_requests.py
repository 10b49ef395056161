"""What strangers can put on a connection gets an answer that says whose fault it is, and leaves little in the log."""

import socket

import httpx
import pytest

from tests.rig import Instance
from tests.running.conftest import NUMBER

pytestmark = pytest.mark.xdist_group("instance")

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
LOGIN = b"POST /capture/twilio/2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n"
HEADS = {
    "options of the server": b"OPTIONS * HTTP/1.1\r\n",
    "unknown method": b"FOO / HTTP/1.1\r\n",
    "trace": b"TRACE / HTTP/1.1\r\n",
    "connect": b"CONNECT a.example:1 HTTP/1.1\r\n",
    "no path": b"GET x HTTP/1.1\r\n",
    "nul": b"GET /numbers/%00/ HTTP/1.1\r\n",
    "nul in a token": b"GET /r/%00/ HTTP/1.1\r\n",
    "nul in a query": b"GET /?q=%00&country=%00&kind=%00 HTTP/1.1\r\n",
    "broken percent": b"GET /%zz%f HTTP/1.1\r\n",
    "broken UTF-8": b"GET /r/%ff%ed%a0%80/ HTTP/1.1\r\n",
    "raw bytes": b"GET /\xff\xfe HTTP/1.1\r\n",
    "raw query": b"GET /?q=\xff HTTP/1.1\r\n",
    "digits of another script": b"GET /numbers/%D9%A1%D9%A5%D9%A0/ HTTP/1.1\r\n",
    "long path": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n",
    "long key": b"POST /webhooks/twilio/" + b"k" * 59_000 + b"/ HTTP/1.1\r\n",
    "odd host": b'GET / HTTP/1.1\r\nHost: a"<>\r\n',
    "broken host": b"GET / HTTP/1.1\r\nHost: [\r\n",
    "long host": b"GET / HTTP/1.1\r\nHost: " + b"a" * 1_000_000 + b"\r\n",
    "long header": b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n",
    "huge header": b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000_000 + b"\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 300,
    "many long headers": b"GET / HTTP/1.1\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * 20_000,
    "other encodings": b"GET / HTTP/1.1\r\nAccept-Language: \xff,,;q=x\r\nCookie: theme=\xff; language=\xff\r\n",
    "login not ASCII": LOGIN + b"Authorization: Basic \xc3\xa4\xff\r\nContent-Length: 0\r\n",
    "login of bytes": LOGIN + b"Authorization: Basic /////w==\r\nContent-Length: 0\r\n",
    "boundary": b"POST /theme/ HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=\xff\r\nContent-Length: 0\r\n",
    "negative length": b"POST /theme/ HTTP/1.1\r\nContent-Length: -5\r\n",
    "stream": b"GET /sse/r/%ff%00/?after=%ff HTTP/1.1\r\nLast-Event-ID: \xff\r\n",
    "socket elsewhere": b"GET /ws/x HTTP/1.1\r\n" + UPGRADE,
    "socket nowhere": b"GET /ws HTTP/1.1\r\n" + UPGRADE,
    "socket with a nul": b"GET /ws/r/%00/ HTTP/1.1\r\n" + UPGRADE,
    "socket of bytes": b"GET /ws/r/%ff%ed%a0%80/ HTTP/1.1\r\n" + UPGRADE,
    "socket of a broken host": b"GET /ws/numbers/15005550006/ HTTP/1.1\r\nHost: [\r\nOrigin: http://[\r\n"
    + UPGRADE,
    "socket of a broken origin": b"GET /ws/numbers/15005550006/ HTTP/1.1\r\nOrigin: http://[\r\n" + UPGRADE,
    "socket with a long header": b"GET /ws/x HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n" + UPGRADE,
    "socket with a long path": b"GET /ws/" + b"a" * 9000 + b" HTTP/1.1\r\n" + UPGRADE,
    "socket with many headers": b"GET /ws/x HTTP/1.1\r\n" + b"X: a\r\n" * 300 + UPGRADE,
    "socket with odd protocols": b"GET /ws/x HTTP/1.1\r\nSec-WebSocket-Protocol: \xff,,a b\r\n" + UPGRADE,
    "posted socket": b"POST /ws/x HTTP/1.1\r\n" + UPGRADE,
}


def status_of(port: int, head: bytes) -> int:
    """The status that a head gets; 0 for a connection that is closed without a word."""
    if b"\r\nHost:" not in head:
        line, _, rest = head.partition(b"\r\n")
        head = line + b"\r\nHost: 127.0.0.1:%d\r\n" % port + rest
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        try:
            raw.sendall(head + b"\r\n")
            answer = raw.recv(4096)
        except ConnectionError:  # refused while we still sent
            answer = b""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_hostile_heads_are_their_senders_fault(served: tuple[Instance, str]) -> None:
    instance, _ = served
    log = instance.var / "log" / "web.log"
    before = log.stat().st_size
    statuses = {name: status_of(instance.port, head) for name, head in HEADS.items()}
    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    accepted = {name for name, status in statuses.items() if 0 < status < 400}
    assert accepted <= {"options of the server", "nul in a query", "other encodings"}
    with log.open() as lines:
        lines.seek(before)
        written = lines.read()
    assert "Traceback" not in written
    assert len(written) < 30_000
    assert httpx.get(f"{instance.url}/numbers/{NUMBER[1:]}/").status_code == 200


def test_the_absolute_form_is_understood(served: tuple[Instance, str]) -> None:
    instance, _ = served
    assert status_of(instance.port, b"GET %s/healthz HTTP/1.1\r\n" % instance.url.encode()) == 200


def test_a_flood_of_errors_writes_few_lines(served: tuple[Instance, str]) -> None:
    instance, _ = served
    log = instance.var / "log" / "web.log"
    before = log.stat().st_size
    with httpx.Client(base_url=instance.url) as client:
        assert {client.get(f"/{n}{'x' * 1000}").status_code for n in range(200)} == {404}
    assert log.stat().st_size - before < 60_000


def test_a_large_body_reaches_no_disk_and_is_told_so(served: tuple[Instance, str]) -> None:
    instance, _ = served

    def endless() -> bytes:
        return b"x" * 65536

    parts = (endless() for _ in range(1000))
    answer = httpx.post(f"{instance.url}/theme/", content=parts, timeout=60)
    assert answer.status_code == 413
    known = httpx.post(f"{instance.url}/theme/", content=b"x" * 20_000_000, timeout=60)
    assert known.status_code == 413
    fits = httpx.post(f"{instance.url}/theme/", content=b"theme=dark&rest=" + b"x" * 50_000, timeout=60)
    assert fits.status_code in (302, 400)
