"""The nginx file that we ship, in Debian's nginx, in front of a running instance."""

import http.server
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tempsms import ROOT
from tests.carrier_side import TOKEN, form, sid, signed
from tests.far_side import answer
from tests.files_web import FILE, files_web
from tests.processes import started
from tests.rig import Instance, free_port
from tests.waiting import wait_for_port

pytestmark = [
    pytest.mark.xdist_group("instance"),
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed (Debian: nginx-light)"),
]

NUMBER = "+15005550010"
AROUND = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@contextmanager
def nginx(folder: Path, upstream: int, **more: str) -> Iterator[str]:
    """nginx with our file, on ports of its own, less patient and with `more` changes to its words; its address."""
    port = free_port()
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    changes = {"listen 80;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": f"127.0.0.1:{upstream}"}
    changes |= {f"client_{part}_timeout 15s": f"client_{part}_timeout 1s" for part in ("header", "body")}
    for given, here in {**changes, **more}.items():
        assert site.count(given) == 1, given
        site = site.replace(given, here)
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=_user()))
    argv = [str(shutil.which("nginx")), "-p", str(folder), "-e", str(folder / "error.log")]
    argv += ["-c", str(folder / "nginx.conf")]
    with started(argv) as process:
        wait_for_port(port, process, (folder / "error.log").read_text)
        yield f"http://127.0.0.1:{port}"


def _user() -> str:
    """As root its workers stay root: the folder is closed to others."""
    return "user root;" if os.geteuid() == 0 else ""


@pytest.fixture(scope="module")
def front(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx before the shared instance."""
    with nginx(tmp_path_factory.mktemp("nginx"), instance.port) as address:
        yield address


@pytest.fixture(scope="module")
def webhook(instance: Instance) -> str:
    """The webhook of an account with a public number."""
    account = instance.account("twilio", "nginx", NUMBER, auth_token=TOKEN)
    return str(account["webhook_url"])


def test_pages_webhooks_sockets_and_streams_pass(instance: Instance, front: str, webhook: str) -> None:
    path = f"/numbers/{NUMBER[1:]}/"
    assert httpx.get(front + path).status_code == 200
    with (
        connect(f"{front.replace('http', 'ws')}/ws{path}") as viewer,
        httpx.stream("GET", f"{front}/sse{path}", timeout=20) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        post = signed(webhook, form("Your code is 482913", MessageSid=sid(), To=NUMBER))
        address = front + webhook.removeprefix(instance.url)
        assert httpx.post(address, content=post.body, headers=post.headers).status_code == 200
        assert "482913" in str(viewer.recv(timeout=20))
        assert any("482913" in line for line in lines)


def test_large_bodies_and_heads_stop_at_nginx(front: str) -> None:
    bodies = {
        ("/theme/", 70_000): True,
        ("/theme/", 60_000): False,
        ("/webhooks/twilio/k/", 5_300_000): True,
        ("/webhooks/twilio/k/", 5_000_000): False,
        ("/admin/login/", 2_200_000): True,
        ("/admin/login/", 1_900_000): False,
    }
    for (path, size), stops in bodies.items():
        answer = httpx.post(front + path, content=b"x" * size, timeout=60)
        # the application refuses such bodies too, in words of its own
        assert ("<center>nginx" in answer.text) is stops, path
        assert not stops or answer.status_code == 413
    assert httpx.get(front, headers={"X": "a" * 9000}).status_code == 400


@pytest.mark.parametrize(
    "half",
    [b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"POST /theme/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"],
)
def test_half_sent_requests_are_closed(front: str, half: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(front.rpartition(":")[2])), timeout=20) as raw:
        raw.sendall(half)
        try:
            answer = raw.recv(4096)
        except ConnectionResetError:
            answer = b""
    assert answer == b"" or b" 408 " in answer


def test_files_of_messages_pass_whole(instance: Instance, tmp_path: Path) -> None:
    number = "+15005550011"
    content = os.urandom(10_000_000)
    with (
        files_web(instance, tmp_path, number) as web,
        nginx(tmp_path, int(web.url.rpartition(":")[2])) as front,
    ):
        web.far.answers = {FILE: answer(content, content_type="video/mp4")}
        web.post((FILE, "video/mp4"))
        ((pk,),) = instance.sql(
            "SELECT m.id FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id WHERE n.e164 = %s",
            number,
        )
        got = httpx.get(f"{front}{web.path}messages/{pk}/media/0/", timeout=60)
    assert got.status_code == 200
    assert got.content == content
    assert got.headers["content-disposition"] == f'attachment; filename="message-{pk}-1.mp4"'
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "server" not in got.headers or "/" not in got.headers["server"]


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that arrive; `/held` once it may `go_on`."""

    held, go_on = threading.Semaphore(0), threading.Event()

    def do_GET(self) -> None:
        """One answer."""
        if self.path == "/held":
            self.held.release()
            self.go_on.wait(60)
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[int]:
    """The port of one."""
    Mirror.go_on.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        Mirror.go_on.set()
        server.shutdown()


def test_what_clients_claim_to_be_is_overwritten(tmp_path: Path, mirror: int) -> None:
    with nginx(tmp_path, mirror) as address:
        claims = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
        seen = httpx.get(address, headers=claims).text.lower()
    assert "x-forwarded-for: 127.0.0.1\n" in seen
    assert "x-forwarded-proto: http\n" in seen
    assert f"host: {address.removeprefix('http://')}\n" in seen
    assert "6.6.6.6" not in seen


def test_metrics_are_for_this_machine_alone(tmp_path: Path, mirror: int) -> None:
    with nginx(tmp_path, mirror) as address:
        assert httpx.get(f"{address}/metrics").status_code == 200
    elsewhere = {"allow 127.0.0.1;": "allow 192.0.2.1;"}  # as if we were another one
    with nginx(tmp_path, mirror, **elsewhere) as address:
        assert httpx.get(f"{address}/metrics").status_code == 403
        assert httpx.get(address).status_code == 200


def test_a_visitors_connections_are_bounded_and_carriers_are_not(tmp_path: Path, mirror: int) -> None:
    few = {"limit_conn tempsms_visitor 1200;": "limit_conn tempsms_visitor 2;"}
    with nginx(tmp_path, mirror, **few) as address, ThreadPoolExecutor(2) as visitors:
        held = [visitors.submit(httpx.get, f"{address}/held", timeout=60) for _ in range(2)]
        try:
            assert all(Mirror.held.acquire(timeout=20) for _ in held)
            assert httpx.get(address).status_code == 429
            assert httpx.get(f"{address}/webhooks/twilio/k/").status_code == 200
        finally:
            Mirror.go_on.set()
        assert [answer.result().status_code for answer in held] == [200, 200]
        assert httpx.get(address).status_code == 200
