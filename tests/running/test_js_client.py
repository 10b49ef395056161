"""The JavaScript client against a running server: its own tests under Node, its types, and the Playwright example."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tempsms import ROOT
from tests.rig import Instance, free_port
from tests.running.conftest import SHARED
from tests.running.test_python_client import Env

PROJECT = ROOT / "clients/js"
MODULES = ROOT / "node_modules"
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.xdist_group("instance"),
    pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed: apt install nodejs"),
]


def needs(package: str) -> pytest.MarkDecorator:
    """Skip a test where a package is missing."""
    return pytest.mark.skipif(
        not (MODULES / package).is_dir(),
        reason=f"{package} is not installed: npm install --no-save {package}",
    )


def run(argv: list[str], env: Env, folder: Path = PROJECT) -> str:
    """What a program prints; fails as it fails."""
    done = subprocess.run(argv, env=env, cwd=folder, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def env(instance: Instance) -> Env:
    """An environment with the sandbox's address, and no other setting of the client's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TEMPSMS_")}
    return {**clean, "TEMPSMS_SANDBOX": instance.url, "NODE_NO_WARNINGS": "1"}


def test_the_sandbox_is_read_waited_for_and_cleared(env: Env) -> None:
    assert "# fail 0" in run(["node", "--test", "test/sandbox.test.js"], env)


def test_numbers_are_rented_and_given_back(instance: Instance, send: str, key: str, env: Env) -> None:
    server = {"TEMPSMS_URL": instance.url, "TEMPSMS_KEY": key, "SEND": send, "SHARED": SHARED}
    assert "# fail 0" in run(["node", "--test", "test/numbers.test.js"], {**env, **server})


def test_the_readmes_program_works(env: Env, instance: Instance) -> None:
    readme = (PROJECT / "README.md").read_text()
    (program,) = re.findall(r"^    import \{ Sandbox \}.*?(?=\n\n\S)", readme, re.M | re.S)
    code = re.sub(r"(?m)^    ", "", program).replace(
        "new Sandbox()", f'new Sandbox({{ url: "{instance.url}" }})'
    )
    account = "AC" + 32 * "0"
    sending = f"""
async function signUp(phone) {{
  await fetch(`${{sandbox.addressFor("twilio")}}/2010-04-01/Accounts/{account}/Messages.json`, {{
    method: "POST", headers: {{ authorization: `Basic ${{btoa("{account}:sandbox")}}` }},
    body: new URLSearchParams({{ To: phone, From: "+14155550100", Body: "Your code is 482913" }}),
  }});
}}
"""
    assert run(["node", "--input-type=module", "-e", code + sending], env) == "482913\n"


@needs("typescript")
@needs("@playwright/test")
def test_the_types_say_what_there_is(env: Env) -> None:
    run(["node", str(MODULES / "typescript/bin/tsc"), "-p", "test/types"], env)


@needs("@playwright/test")
@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: apt install chromium")
def test_the_playwright_example_signs_up_in_a_browser(env: Env, tmp_path: Path) -> None:
    more = {
        "CHROMIUM": str(CHROMIUM),
        "APP_PORT": str(free_port()),
        "PLAYWRIGHT_OUTPUT": str(tmp_path),
        "CI": "1",
    }
    argv = ["node", str(MODULES / "@playwright/test/cli.js"), "test"]
    assert "2 passed" in run(argv, {**env, **more}, PROJECT / "examples/playwright")


def test_the_cypress_example_can_be_read(env: Env) -> None:
    # Cypress downloads a browser of its own, so its commands and tasks run in test/sandbox.test.js instead
    for path in sorted((PROJECT / "examples/cypress").rglob("*js")):
        run(["node", "--check", str(path)], env)
