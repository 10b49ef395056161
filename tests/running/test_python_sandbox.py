"""The Python client of the sandbox against a running server, which needs no key: library, command, pytest plugin."""

import os
import re
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from tempsms import ROOT
from tests.inbox.capture.sdk import SID, TOKEN
from tests.processes import started
from tests.rig import MANAGE, Instance
from tests.running.test_python_client import PROJECT, Env, installed, run
from tests.waiting import until

__all__ = ["installed"]
pytestmark = pytest.mark.xdist_group("instance")
PHONE, OWN = "+14155550123", "+14155550100"

SAMPLE = f"""
import os, httpx, pytest

def send(sandbox, to, text):
    url = sandbox.address_for("twilio") + "/2010-04-01/Accounts/{SID}/Messages.json"
    form = {{"To": to, "From": "{OWN}", "Body": text}}
    httpx.post(url, data=form, auth=("{SID}", "{TOKEN}")).raise_for_status()

@pytest.mark.parametrize("n", range(6))
def test_a_code_arrives(sms, sms_sandbox, n):
    print("NUMBER", sms.number)
    send(sms_sandbox, sms.number, f"Your code is 48291{{n}}")
    assert sms.wait_for_code(timeout=30) == f"48291{{n}}"

def test_one_that_fails(sms, sms_sandbox):
    assert sms.wait_for_code(timeout=0.1) == "111111"
"""
ASYNC = """
import asyncio, sys
from tempsms_client import AsyncSandbox, NoMessage

async def main():
    async with AsyncSandbox(sys.argv[1]) as sandbox:
        print((await sandbox.wait(to=sys.argv[2])).body)
        print((await sandbox.wait_for_code(to=sys.argv[2])).value)
        newest = await sandbox.newest_id()
        try:
            await sandbox.wait(after=newest, timeout=0)
        except NoMessage as error:
            print(error)
        print([message.id == newest for message in await sandbox.messages(to=sys.argv[2])])
        print((await sandbox.message(newest)).recipient, (await sandbox.project())["name"])
        print(await sandbox.clear())

asyncio.run(main())
"""


@pytest.fixture
def url(instance: Instance) -> str:
    """The address of a sandbox without messages."""
    httpx.delete(f"{instance.url}/api/v1/sandbox/messages").raise_for_status()
    return instance.url


@pytest.fixture
def env() -> Env:
    """An environment without any setting of the client's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPSMS_")}


def send(url: str, text: str, to: str = PHONE) -> None:
    """Have a program send a message."""
    path = f"{url}/capture/twilio/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"To": to, "From": OWN, "Body": text}
    httpx.post(path, data=form, auth=(SID, TOKEN)).raise_for_status()


def test_shells_wait_list_and_clear(installed: Path, url: str, env: Env) -> None:
    command = [str(installed / "tempsms-client"), "--url", url]
    assert run([*command, "wait", "--sandbox", PHONE, "--timeout", "0"], env, status=5) == ""
    send(url, "Your code is 482913")
    assert run([*command, "wait", "--sandbox", PHONE], env) == "482913\n"
    assert '"body": "Your code is 482913"' in run([*command, "sandbox", "list", "--to", PHONE], env)
    assert run([*command, "sandbox", "list", "--project", "other"], env, status=4) == ""
    assert run([*command, "sandbox", "clear", "--to", "+14155550199"], env) == "0\n"
    assert run([*command, "sandbox", "clear"], env) == "1\n"


def test_messages_are_followed_once_each(installed: Path, url: str, env: Env) -> None:
    argv = [str(installed / "tempsms-client"), "--url", url, "tail", "--sandbox", "--count", "1"]
    with started(argv, env=env, stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout
        output, lines = tail.stdout, list[str]()
        threading.Thread(target=lambda: lines.extend(output), daemon=True).start()

        def is_shown() -> bool:
            send(url, "Your code\nis 482913")
            return bool(lines)

        until(is_shown)
        assert tail.wait(60) == 0
    assert [line.split(" ", 1)[1] for line in lines] == [f"{OWN} > {PHONE}  Your code\\nis 482913\n"]


def test_a_program_gets_a_message_and_its_answer_is_printed(installed: Path, url: str, env: Env) -> None:
    argv = [str(installed / "tempsms-client"), "--url", url, "send", "STOP", "--from", PHONE, "--to", OWN]
    printed = run([*argv, "--to-url", "http://127.0.0.1:1024/sms"], env)
    assert '"note": "not reached: ConnectError"' in printed
    assert run([*argv, "--to-url", "ftp://x"], env, status=2) == ""


def test_programs_with_an_event_loop_can_do_the_same(installed: Path, url: str, env: Env) -> None:
    send(url, "Your code is 482913")
    assert run([str(installed / "python"), "-c", ASYNC, url, PHONE], env).splitlines() == [
        "Your code is 482913",
        "482913",
        "no message within 0 seconds; nothing came",
        "[True]",
        f"{PHONE} default",
        "1",
    ]


def test_the_readmes_program_works(installed: Path, url: str, env: Env) -> None:
    readme = (PROJECT / "README.md").read_text()
    (program,) = re.findall(r"^    from tempsms_client import Sandbox.*?(?=\n\n\S)", readme, re.M | re.S)
    code = re.sub(r"(?m)^    ", "", program).replace("Sandbox()", f"Sandbox({url!r})")
    beginning = f"""
import httpx
def sign_up(phone):
    form = {{"To": phone, "From": "{OWN}", "Body": "Your code is 482913"}}
    path = "{url}/capture/twilio/2010-04-01/Accounts/{SID}/Messages.json"
    httpx.post(path, data=form, auth=("{SID}", "{TOKEN}")).raise_for_status()
"""
    assert run([str(installed / "python"), "-c", beginning + code], env) == "482913\n"


@pytest.fixture
def tempsms_on_path(tmp_path: Path, env: Env) -> Env:
    """The same, where the command `tempsms` is installed."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tempsms").write_text(f'#!/bin/sh\nexec {MANAGE[0]} {MANAGE[1]} "$@"\n')
    (programs / "tempsms").chmod(0o755)
    return {**env, "PATH": f"{programs}:{env['PATH']}"}


@pytest.mark.parametrize("processes", ["0", "2"])
def test_each_test_has_a_number_of_its_own(
    installed: Path, url: str, env: Env, tmp_path: Path, processes: str
) -> None:
    printed = run_sample(installed, env, tmp_path, url, processes)
    numbers = re.findall(r"NUMBER (\+\d+)", printed)
    assert len(set(numbers)) == len(numbers) == 6
    assert "no code within 0.1 seconds" in printed


def test_the_plugin_starts_the_sandbox_and_stops_it(
    installed: Path, tempsms_on_path: Env, tmp_path: Path
) -> None:
    printed = run_sample(installed, tempsms_on_path, tmp_path, "start", "2")
    assert len(re.findall(r"NUMBER (\+\d+)", printed)) == 6
    running = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert f"{ROOT}/manage.py sandbox" not in running


def test_without_the_command_the_plugin_says_so(installed: Path, env: Env, tmp_path: Path) -> None:
    argv = [str(installed / "pytest"), "--sms-sandbox=start", str(tmp_path)]
    done = subprocess.run(argv, env={**env, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert done.returncode == 4
    assert "the command tempsms is not installed" in done.stderr


def run_sample(installed: Path, env: Env, folder: Path, sandbox: str, processes: str) -> str:
    """What pytest prints of the sample, in which one test fails."""
    (folder / "test_sample.py").write_text(SAMPLE)
    argv = [str(installed / "pytest"), "-p", "no:cacheprovider", "-rA", "-n", processes]
    done = subprocess.run(
        [*argv, f"--sms-sandbox={sandbox}", str(folder)], env=env, capture_output=True, text=True, timeout=300
    )
    assert "1 failed, 6 passed" in done.stdout, done.stdout + done.stderr
    return done.stdout
