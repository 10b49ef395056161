"""The Python client against a running server: as a library, a command and a pytest fixture, each as installed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tempsms import ROOT
from tests.processes import started
from tests.rig import Instance
from tests.running.conftest import SHARED

pytestmark = pytest.mark.xdist_group("instance")
PROJECT = ROOT / "clients/python"
Env = dict[str, str]

SAMPLE = """
import os, httpx

def send(to, text):
    httpx.get(os.environ["SEND"], params={"To": to, "Body": text}).raise_for_status()

def test_a_code_arrives(sms):
    send(sms.number, "Your code is 482913")
    assert sms.wait_for_code(timeout=30) == "482913"

def test_one_that_fails(sms):
    send(sms.number, "Your code is 111111")
    assert sms.wait_for_code(timeout=30) == "222222"
"""
ASYNC = """
import asyncio, os, httpx
from tempsms_client import AsyncClient, NoCode

async def main():
    async with AsyncClient(os.environ["TEMPSMS_URL"], os.environ["TEMPSMS_KEY"]) as client:
        async with client.rented(country="AU", purpose="asyncio") as rental:
            httpx.get(os.environ["SEND"], params={"To": rental.number, "Body": "Hello"}).raise_for_status()
            try:
                await client.wait_for_code(rental, timeout=0)
            except NoCode as error:
                print(error.seen)
            httpx.get(os.environ["SEND"], params={"To": rental.number, "Body": "Your code is 482913"})
            print((await client.wait_for_code(rental, timeout=30)).value)
            print([message.body for message in await client.messages(rental)])
        print((await client.end(rental)).state)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def env(instance: Instance, send: str, key: str) -> Env:
    """The environment that the README asks for, and where tests have messages sent."""
    return {**os.environ, "TEMPSMS_URL": instance.url, "TEMPSMS_KEY": key, "SEND": send}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the client and pytest, and nothing of ours beside it."""
    folder = tmp_path_factory.mktemp("client")
    uv = [sys.executable, "-m", "uv"]
    python = folder / "env/bin/python"
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(folder / "env")], check=True)
    install = [*uv, "pip", "install", "-q", "--system-certs", "--python", str(python)]
    pins = ["-c", str(ROOT / "requirements-dev.txt")]
    subprocess.run([*install, *pins, str(PROJECT), "pytest", "pytest-xdist"], check=True)
    return python.parent


def run(argv: list[str], env: Env, status: int = 0) -> str:
    """What a program prints, which ends with a status."""
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def running_rentals(env: Env) -> list[dict[str, Any]]:
    """The key's rentals that are not over."""
    headers = {"Authorization": f"Bearer {env['TEMPSMS_KEY']}"}
    answer = httpx.get(f"{env['TEMPSMS_URL']}/api/v1/rentals", headers=headers)
    return [rental for rental in answer.json()["rentals"] if rental["state"] != "ended"]


def test_a_number_for_each_test_is_given_back_whatever_comes_of_it(
    installed: Path, env: Env, tmp_path: Path
) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    argv = [
        str(installed / "pytest"),
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "--sms-cool-down=0",
        "--sms-country=AU",
        str(tmp_path),
    ]
    said = run(argv, env, status=1)
    assert "1 failed, 1 passed" in said
    assert "'111111' == '222222'" in said
    assert running_rentals(env) == []


def test_shells_rent_wait_and_give_back(installed: Path, env: Env) -> None:
    command = str(installed / "tempsms-client")
    assert SHARED in run([command, "numbers"], env)
    rental = json.loads(run([command, "rent", "--country", "AU", "--purpose", "shell"], env))
    assert run([command, "wait", "--rental", str(rental["id"]), "--timeout", "0"], env, status=5) == ""
    httpx.get(env["SEND"], params={"To": rental["number"], "Body": "Your code is 482913"}).raise_for_status()
    assert run([command, "wait", "--rental", str(rental["id"])], env) == "482913\n"
    assert run([command, "end", str(rental["id"])], env) == ""
    assert running_rentals(env) == []


@pytest.mark.parametrize(
    ("changes", "argv", "status"),
    [
        ({"TEMPSMS_URL": ""}, ["numbers"], 2),
        ({}, ["wait"], 2),
        ({"TEMPSMS_URL": "127.0.0.1:8000"}, ["numbers"], 2),
        ({}, ["wait", "--number", "0"], 2),
        ({"TEMPSMS_KEY": "tempsms_wrong"}, ["rent", "--purpose", "x"], 4),
        ({"TEMPSMS_KEY": "not a key"}, ["numbers"], 2),
        ({}, ["wait", "--number", SHARED, "--after", "7"], 2),
        ({}, ["wait", "--number", SHARED, "--timeout", "0.5"], 5),
        ({}, ["end", "999999"], 4),
        ({"TEMPSMS_URL": "http://127.0.0.1:1"}, ["numbers"], 4),
    ],
)
def test_the_exit_code_says_what_went_wrong(
    installed: Path, env: Env, changes: Env, argv: list[str], status: int
) -> None:
    assert run([str(installed / "tempsms-client"), *argv], {**env, **changes}, status) == ""


def test_a_ceiling_is_an_exit_code_of_its_own(installed: Path, env: Env, instance: Instance) -> None:
    key = instance.manage(
        *("apikey", "create", "--name", "poor", "--scope", "numbers:lease", "--monthly-ceiling", "0")
    ).strip()
    instance.account("simulated", "stock")
    argv = [str(installed / "tempsms-client"), "lease", "--country", "US", "--max-monthly-cost", "5"]
    done = subprocess.run(argv, env={**env, "TEMPSMS_KEY": key}, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.startswith("budget_exceeded: ")
    assert done.stderr.count("\n") == 1


def test_what_cannot_be_reached_is_named_in_one_line(installed: Path, env: Env) -> None:
    argv = [str(installed / "tempsms-client"), "--url", "http://127.0.0.1:1", "numbers"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (4, "")
    assert re.fullmatch(r"no answer from http://127\.0\.0\.1:1: .*refused\n", done.stderr)


def test_messages_are_followed_as_they_come_until_the_rental_ends(installed: Path, env: Env) -> None:
    command = str(installed / "tempsms-client")
    rental = json.loads(run([command, "rent", "--country", "AU", "--purpose", "tail"], env))
    argv = [command, "tail", "--after", "0", "--rental", str(rental["id"])]
    with started(argv, env=env, stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout
        lines = []
        for text in ("Your code is 482913", "second line\nthird"):
            httpx.get(env["SEND"], params={"To": rental["number"], "Body": text}).raise_for_status()
            lines.append(tail.stdout.readline())
        run([command, "end", str(rental["id"])], env)
        assert tail.wait(60) == 0
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Your code is 482913\n",
        "second line\\nthird\n",
    ]


def test_the_readmes_programs_work(installed: Path, env: Env) -> None:
    readme = (PROJECT / "README.md").read_text()
    (program,) = re.findall(
        r"^    from tempsms_client import Client.*?(?=\n\n\S)", readme, re.MULTILINE | re.DOTALL
    )
    (claiming,) = re.findall(r"^    with client\.claimed.*?(?=\n\n\S)", readme, re.MULTILINE | re.DOTALL)
    code = re.sub(r"(?m)^    ", "", f"{program}\n{claiming}")
    # one client for both
    code = code.replace("\nwith client.claimed", "\nclient = Client(URL, KEY)\nwith client.claimed")
    code = code.replace('"https://sms.example.org", key="tempsms_..."', "URL, KEY").replace(
        "+447700900123", SHARED
    )
    code = code.replace('country="GB"', 'country="AU"')
    beginning = (
        "import os, httpx\n"
        "URL, KEY = os.environ['TEMPSMS_URL'], os.environ['TEMPSMS_KEY']\n"
        "def sign_up(number, name=''):\n"
        "    text = f'Hi {name}, your code is 482913'\n"
        "    httpx.get(os.environ['SEND'], params={'To': number, 'Body': text}).raise_for_status()\n"
    )
    assert run([str(installed / "python"), "-c", beginning + code], env) == "482913\n482913\n"


def test_programs_with_an_event_loop_can_do_the_same(installed: Path, env: Env) -> None:
    said = run([str(installed / "python"), "-c", ASYNC], env)
    assert said == "['Hello']\n482913\n['Your code is 482913', 'Hello']\nended\n"
