"""The proxy as a program that runs beside the sandbox, and what a program must be told to use it."""

import json
import shutil
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

import certifi

from tempsms.embedded.child import Child
from tempsms.embedded.program import CannotRun

HOST = "127.0.0.1"
INSTALL = "`uv tool install mitmproxy`, or `pipx install mitmproxy`"
_ADDON = Path(__file__).with_name("addon.py")
_CA = "mitmproxy-ca-cert.pem"
_BUNDLE = "ca-bundle.pem"


def make_child(
    var: Path,
    port: int,
    sandbox: tuple[str, int],
    hosts: Iterable[tuple[str, str]],
    *,
    refuse: bool,
    program: str = "mitmdump",
) -> Child:
    """mitmproxy on a port of loopback; `hosts` are patterns of carriers' hosts and their paths in the sandbox.

    Raises `CannotRun` without mitmproxy.
    """
    found = shutil.which(program)
    if found is None:
        raise CannotRun(
            f"the proxy needs mitmproxy, which has an environment of its own: {INSTALL}; then `mitmdump` is on PATH"
        )
    folder = var / "proxy"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"sandbox": sandbox, "hosts": [*hosts], "refuse": refuse}))
    options = {
        "confdir": folder,
        "tempsms_plan": plan,
        # nothing is asked of the real hosts, not even their certificates
        "connection_strategy": "lazy",
        "upstream_cert": "false",
        "flow_detail": "0",
    }
    argv = [found, "--quiet", "--listen-host", HOST, "--listen-port", str(port), "--scripts", str(_ADDON)]
    for name, value in options.items():
        argv += ["--set", f"{name}={value}"]

    def check_ready() -> None:
        with socket.create_connection((HOST, port), timeout=1):
            _write_bundle(folder)

    return Child("proxy", argv, check_ready)


def describe(var: Path, port: int) -> str:
    """The environment of a program that uses the proxy, to be copied into a shell."""
    folder = var / "proxy"
    bundle, authority = folder / _BUNDLE, folder / _CA
    lines = [f"export HTTPS_PROXY=http://{HOST}:{port}", f"export NODE_EXTRA_CA_CERTS={authority}"]
    lines += [f"export {name}={bundle}" for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
    return "\n--- A program whose address cannot be changed ---\n" + "\n".join(lines) + "\n"


def _write_bundle(folder: Path) -> None:
    """The authorities that everybody trusts, and ours: for programs that take one file in place of all others."""
    trusted = Path(ssl.get_default_verify_paths().cafile or certifi.where())
    (folder / _BUNDLE).write_text(f"{trusted.read_text()}\n{(folder / _CA).read_text()}")
