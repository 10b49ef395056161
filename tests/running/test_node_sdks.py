"""The carriers' official SDKs for Node against a running server: send, fetch, callbacks, messages received, errors."""

import os
import shutil
import subprocess

import pytest

from inbox.sandbox.captured import CARRIERS
from tempsms import ROOT
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("instance")
PROGRAMS = ROOT / "tests/inbox/capture/node"
PACKAGES = {
    "twilio": ("twilio", "twilio@6"),
    "telnyx": ("telnyx", "telnyx@6.83.0 ws@8"),
    "vonage": ("@vonage/server-sdk", "@vonage/server-sdk@3.30.1"),
    "plivo": ("plivo", "plivo@4.79.0"),
}
WITHIN = 120  # seconds


@pytest.fixture(scope="module")
def key(instance: Instance) -> str:
    """A key that may send messages to the programs."""
    return instance.manage("apikey", "create", "--name", "node", "--scope", "sandbox").strip()


@pytest.mark.parametrize("carrier", [name for name in PACKAGES if name in CARRIERS])
def test_the_program_of_a_carrier_runs(instance: Instance, key: str, carrier: str) -> None:
    folder, package = PACKAGES[carrier]
    if not shutil.which("node") or not (ROOT / "node_modules" / folder).is_dir():
        pytest.skip(f"node and `npm install --no-save {package}` are needed")
    secrets = CARRIERS[carrier].fixed.secrets
    env = {
        **os.environ,
        "NODE_PATH": str(ROOT / "node_modules"),
        "SANDBOX": instance.url,
        "KEY": key,
        "PUBLIC_KEY": secrets.get("public_key", ""),
        "SIGNATURE_SECRET": secrets.get("signature_secret", ""),
        "APPLICATION": secrets.get("application_id", ""),
    }
    program = ["node", str(PROGRAMS / f"{carrier}.js")]
    done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=WITHIN)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
