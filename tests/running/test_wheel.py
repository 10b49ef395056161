"""The wheel alone is the whole product: installed into a clean environment, and started far from any checkout."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from inbox.sandbox.captured import CARRIERS
from tempsms import ROOT
from tests.processes import started
from tests.rig import free_port

pytestmark = pytest.mark.xdist_group("wheel")
NODE = {"vonage": "@vonage/server-sdk"}
"""The packages of carriers' SDKs for Node that have another name."""
RUNNERS = {"Python": [sys.executable, "-c"], "JavaScript": ["node", "-e"], "a shell": ["sh", "-c"]}
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


class Printed(NamedTuple):
    """A running sandbox: its address, and what it printed."""

    address: str
    text: str


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clean environment `env`, into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("home")
    source = copy_sources(folder / "source")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run([*pip, "-w", str(folder), str(source)], folder)
    (wheel,) = folder.glob("*.whl")
    uv = [sys.executable, "-m", "uv"]
    run([*uv, "venv", "-q", "--python", sys.executable, str(folder / "env")], folder)
    # the versions that everything else here is tested with
    pins = ["-c", str(ROOT / "requirements.txt")]
    run(
        [
            *uv,
            "pip",
            "install",
            "-q",
            "--system-certs",
            "--python",
            str(folder / "env/bin/python"),
            *pins,
            str(wheel),
        ],
        folder,
    )
    (packages,) = (folder / "env/lib").glob("python3*/site-packages")
    (packages / "inbox.py").write_text("raise RuntimeError('somebody else has this name too')")
    return folder


def copy_sources(to: Path) -> Path:
    """What a fresh clone has: nothing that was compiled in a checkout that is in use."""
    for name in ("tempsms", "inbox", "numbers", "static", "templates"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, to)
    return to


def run(argv: list[str], folder: Path, **env: str) -> str:
    """What a program prints; fails as it fails."""
    done = subprocess.run(
        argv, cwd=folder, env={**os.environ, **QUIET, **env}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sandbox(home: Path) -> Iterator[Printed]:
    """`tempsms sandbox`, as a new user runs it; it keeps its data below his home."""
    port = free_port()
    argv = [str(home / "env/bin/tempsms"), "sandbox", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
    env = {**inherited, "HOME": str(home)}
    with started(
        argv, stop_with=signal.SIGINT, within=60, stdout=subprocess.PIPE, cwd=home, env=env, text=True
    ) as process:
        assert process.stdout
        lines = list(iter(process.stdout.readline, "Ctrl-C stops everything.\n"))
        yield Printed(f"http://127.0.0.1:{port}", "".join(lines))
    assert process.returncode == 0


def test_it_brings_one_package_and_everything_else_within_it(home: Path) -> None:
    (packages,) = (home / "env/lib").glob("python3*/site-packages")
    names = {"tempsms", "inbox", "numbers", "static", "templates", "tests"}
    assert {path.name for path in packages.iterdir()} & names == {"tempsms"}
    assert list(packages.glob("tempsms/bundle/inbox/locale/*/LC_MESSAGES/django.mo"))


def test_pages_come_in_their_language_with_their_styles(sandbox: Printed) -> None:
    page = httpx.get(f"{sandbox.address}/", headers={"Accept-Language": "de"})
    assert page.status_code == 200
    assert '<html lang="de"' in page.text
    assert "Nummern" in page.text
    scripts = re.findall(r'<script type="module" src="([^"]+)"', page.text)
    assert scripts
    for path in scripts:
        assert httpx.get(sandbox.address + path).status_code == 200


def test_data_is_below_the_users_home(sandbox: Printed, home: Path) -> None:
    assert (home / ".local/share/tempsms-sandbox/postgres").is_dir()
    code = "from django.conf import settings; print(settings.VAR)"
    printed = run([str(home / "env/bin/tempsms"), "shell", "-v0", "-c", code], home, HOME=str(home), VAR="")
    assert printed == f"{home / '.local/share/tempsms'}\n"


def test_commands_work_beside_it(sandbox: Printed, home: Path) -> None:
    argv = [
        str(home / "env/bin/tempsms"),
        "account",
        "add",
        "twilio",
        "--label",
        "x",
        "--set",
        "auth_token=12345",
    ]
    account = json.loads(run(argv, home, VAR=str(home / ".local/share/tempsms-sandbox")))
    assert account["webhook_url"].startswith(f"{sandbox.address}/webhooks/twilio/")


@pytest.mark.parametrize(
    ("carrier", "language"), [(one.name, language) for one in CARRIERS.values() for language in one.snippets]
)
def test_what_it_prints_to_copy_sends_a_message(
    sandbox: Printed, home: Path, carrier: str, language: str
) -> None:
    if language == "JavaScript" and not (ROOT / "node_modules" / NODE.get(carrier, carrier)).is_dir():
        pytest.skip("the SDK for Node is not installed: see the line with npm in .ci/run")
    _, _, code = sandbox.text.partition(f"--- {CARRIERS[carrier].title}, from {language} ---\n")
    program = re.split(r"\n\n(?=---|what they send)", code)[0]
    before = count_captured(home)
    run([*RUNNERS[language], program], home, NODE_PATH=str(ROOT / "node_modules"))
    # AWS has two services that send, each with its own call
    assert count_captured(home) == before + (2 if (carrier, language) == ("aws", "Python") else 1)


def count_captured(home: Path) -> int:
    """How many messages the sandbox has with the text that the programs send."""
    code = (
        "from inbox.sandbox.models import CapturedMessage as Message;"
        "print(Message.objects.filter(body='Your code is 482913').count())"
    )
    argv = [str(home / "env/bin/tempsms"), "shell", "-v0", "-c", code]
    return int(run(argv, home, VAR=str(home / ".local/share/tempsms-sandbox")))
