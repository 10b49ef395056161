"""What the image runs, run here: its command, settings and health check, without Docker."""

import os
import subprocess
from collections.abc import Iterator

import dockerfile
import httpx
import psutil
import pytest

from tempsms import ROOT
from tests.processes import started
from tests.rig import MANAGE, free_port

pytestmark = pytest.mark.xdist_group("container")


@pytest.fixture(scope="module")
def image() -> dict[str, list[str]]:
    """The words of the Dockerfile's last ENV, CMD and HEALTHCHECK."""
    commands = dockerfile.parse_file(str(ROOT / "deploy/Dockerfile"))
    return {one.cmd.upper(): list(one.value) for one in commands}


@pytest.fixture(scope="module")
def port(image: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which its sandbox listens, on all addresses."""
    port = free_port()
    folder = tmp_path_factory.mktemp("data")
    settings = dict(zip(image["ENV"][::2], image["ENV"][1::2], strict=True))
    assert settings.pop("PATH").startswith("/opt/tempsms/bin")
    settings |= {"VAR": str(folder), "PUBLIC_URL": settings["PUBLIC_URL"].replace("8025", str(port))}
    settings = {name: value.strip('"') for name, value in settings.items()}
    program, *rest = image["CMD"]
    assert program == "tempsms"
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    argv = [*MANAGE, *rest, "--port", str(port)]
    env = {**clean, **settings, "SANDBOX_NETWORKS": "172.16.0.0/12"}
    with started(argv, within=90, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = list(iter(process.stdout.readline, "Ctrl-C stops everything.\n"))
        assert f"\ntempsms is running at http://localhost:{port}/\n" in "".join(lines)
        yield port


def test_its_health_check_holds_only_while_it_serves(image: dict[str, list[str]], port: int) -> None:
    kind, program, option, code = image["HEALTHCHECK"]
    assert (kind, program, option) == ("CMD", "python", "-c")
    for found, status in ((port, 0), (free_port(), 1)):
        argv = [MANAGE[0], "-c", code.replace("8025", str(found))]
        assert subprocess.run(argv, capture_output=True).returncode == status


def test_services_find_it_by_its_names(port: int) -> None:
    for host, status in (("tempsms", 200), ("sandbox", 200), ("localhost", 200), ("evil.example", 400)):
        headers = {"Host": f"{host}:{port}"}
        found = httpx.get(f"http://127.0.0.1:{port}/api/v1/sandbox/messages", headers=headers)
        assert found.status_code == status


def test_other_networks_than_those_that_are_named_need_a_key(port: int) -> None:
    addresses = [
        one.address
        for found in psutil.net_if_addrs().values()
        for one in found
        if one.family.name == "AF_INET" and not one.address.startswith(("127.", "172."))
    ]
    if not addresses:
        pytest.skip("this machine has no other address than its own")
    answer = httpx.get(
        f"http://{addresses[0]}:{port}/api/v1/sandbox/messages", headers={"Host": f"tempsms:{port}"}
    )
    assert answer.status_code == 401
