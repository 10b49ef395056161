"""`tempsms sandbox --proxy`: a program whose address cannot be changed ends in the sandbox all the same."""

import http.server
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tempsms import ROOT
from tempsms.embedded.child import Child, end_children
from tempsms.embedded.program import CannotRun
from tempsms.proxy import running
from tests import prepared_var
from tests.processes import started
from tests.rig import MANAGE, free_port
from tests.tls_redis import make_certificate
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("proxy")
TWILIO = (r"api(\.[a-z0-9-]+){0,2}\.twilio\.com", "/capture/twilio")
PROGRAM = """
from twilio.rest import Client
client = Client("AC" + 32 * "0", "sandbox")
made = client.messages.create(to="+61491570157", from_="+14155550100", body="Your code is 482913")
print(client.messages(made.sid).fetch().body, len(client.messages.list(limit=60, page_size=1)))
"""


@pytest.fixture(scope="module")
def mitmdump(tmp_path_factory: pytest.TempPathFactory) -> str:
    """mitmproxy, in an environment of its own: its pins and ours exclude each other."""
    if found := shutil.which("mitmdump"):
        return found
    folder = tmp_path_factory.mktemp("mitmproxy")
    uv = [sys.executable, "-m", "uv"]
    python = ["--python", str(folder / "bin/python")]
    steps = [
        [*uv, "venv", "-q", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "-q", "--system-certs", *python, "mitmproxy>=11,<13"],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"mitmproxy cannot be installed here: {done.stderr[-300:]}")
    return str(folder / "bin/mitmdump")


class Page(http.server.BaseHTTPRequestHandler):
    """Answers with the path that it was asked for."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.headers['host']} {self.path}".encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[int]:
    """A web server on loopback, with TLS if it has a certificate; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def proxying(var: Path, mitmdump: str, sandbox: int, *, refuse: bool = False) -> Iterator[str]:
    """The proxy alone; its address."""
    port = free_port()
    child = running.make_child(var, port, ("127.0.0.1", sandbox), [TWILIO], refuse=refuse, program=mitmdump)
    with (var / "log").open("wb") as log:
        child.start(log)
        try:
            until(lambda: is_ready(child), 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            end_children([child])


def is_ready(child: Child) -> bool:
    """Whether it answers."""
    assert child.ready
    try:
        child.ready()
    except OSError:
        return False
    return True


def test_hosts_of_carriers_end_in_the_sandbox_and_others_are_themselves(
    tmp_path: Path, mitmdump: str
) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    with serving() as sandbox, serving(certificate) as other, proxying(tmp_path, mitmdump, sandbox) as proxy:
        bundle = ssl.create_default_context(cafile=str(tmp_path / "proxy/ca-bundle.pem"))
        with httpx.Client(proxy=proxy, verify=bundle, timeout=30) as client:
            answer = client.get("https://api.twilio.com/2010-04-01/Accounts.json?a=1")
            assert answer.text == f"127.0.0.1:{sandbox} /capture/twilio/2010-04-01/Accounts.json?a=1"
            assert client.get("https://api.sydney.au1.twilio.com/x").text.endswith("/capture/twilio/x")
        # its own certificate, which nobody else could show
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(proxy=proxy, verify=trusted, timeout=30) as client:
            assert client.get(f"https://localhost:{other}/y").text == f"localhost:{other} /y"


def test_other_hosts_are_refused_by_choice(tmp_path: Path, mitmdump: str) -> None:
    with serving() as sandbox, proxying(tmp_path, mitmdump, sandbox, refuse=True) as proxy:
        bundle = ssl.create_default_context(cafile=str(tmp_path / "proxy/ca-bundle.pem"))
        with httpx.Client(proxy=proxy, verify=bundle, timeout=30) as client:
            with pytest.raises(httpx.ProxyError, match="403"):
                client.get("https://localhost:1/")
            assert client.get("http://localhost:1/").status_code == 403
            assert client.get("https://api.twilio.com/x").text.endswith("/capture/twilio/x")


def test_it_says_how_to_get_mitmproxy(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="uv tool install mitmproxy"):
        running.make_child(tmp_path, 1, ("127.0.0.1", 1), [], refuse=False, program="no-such-program")


def test_an_sdk_sends_to_the_sandbox_with_what_is_printed(tmp_path: Path, mitmdump: str) -> None:
    port, proxy_port = free_port(), free_port()
    proxy_port += proxy_port == port
    env = {**os.environ, "VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tempsms.settings"}
    prepared_var.copy(tmp_path, env)
    argv = [*MANAGE, "sandbox", "--port", str(port), "--proxy", "--proxy-port", str(proxy_port)]
    with started(
        [*argv, "--mitmdump", mitmdump],
        stop_with=signal.SIGINT,
        within=60,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=env,
        text=True,
    ) as process:
        assert process.stdout
        printed = [
            line.removeprefix("export ").strip()
            for line in iter(process.stdout.readline, "Ctrl-C stops everything.\n")
            if line.startswith("export ")
        ]
        told = dict(line.split("=", 1) for line in printed)
        assert told["HTTPS_PROXY"] == f"http://127.0.0.1:{proxy_port}"
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**env, **told}, capture_output=True, text=True, timeout=120
        )
        assert done.stdout == "Your code is 482913 1\n", done.stderr[-2000:]
