"""Makes `.venv` and installs into it: `python3 -I tempsms/install.py requirements.txt`, as `make` calls it.

It runs on whatever Python a machine has, so the first lines must be readable by an old one, and needs nothing else.
A `.venv` that does not work (half made, its Python gone or too old) is made again. While pip works it says what it
is doing; of what pip says only errors are shown.
"""

import sys

NEEDED = (3, 11)
if sys.version_info < NEEDED:
    sys.exit(
        "tempsms needs Python 3.11 or later, and %s is %d.%d: install one, and name it as in"  # noqa: UP031
        " `make run PYTHON=python3.12`" % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

import hashlib
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
WORKS = f"import sys, pip; sys.exit(sys.version_info < {NEEDED!r})"
QUIET_FOR = 5.0  # seconds without a word, at most, where nobody sees a line change
SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}
STEP = re.compile(
    r"(?:Collecting|Requirement already satisfied:|Downloading|Using cached|Building wheel for) (\S+)"
)


def main(requirements: str) -> None:
    """Install what the file asks for, unless that was done; raises `SystemExit` with what went wrong."""
    text = Path(requirements).read_bytes()
    stamp = VENV / f".{Path(requirements).stem}"
    wanted = hashlib.sha256(text).hexdigest()
    works = _works()
    if works and stamp.is_file() and stamp.read_text() == wanted:
        return
    if not works:
        _make_venv()
    _install(requirements, text.count(b"=="))
    stamp.write_text(wanted)
    if requirements == "requirements-dev.txt":  # which has all of the other
        (VENV / ".requirements").write_text(hashlib.sha256(Path("requirements.txt").read_bytes()).hexdigest())


def _works() -> bool:
    try:
        return not subprocess.run([str(PYTHON), "-c", WORKS], capture_output=True).returncode  # noqa: S603
    except OSError:
        return False


def _make_venv() -> None:
    if VENV.is_symlink():
        sys.exit(f"{VENV} leads to {VENV.readlink()}, which has no Python 3.11 or later with pip: remove it")
    if VENV.exists():
        _say("making .venv again: the one that is here does not work")
        shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        hint = f": on Debian and Ubuntu, `apt install {version}`" if "ensurepip" in done.stdout else ""
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"{sys.executable} cannot make {VENV}{hint}\n{(done.stdout + done.stderr).strip()[-600:]}")


def _install(requirements: str, count: int) -> None:
    """Run pip; its words become ours, and its errors are shown when it fails."""
    argv = [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off", "-r", requirements]
    env = {**os.environ, **SETTINGS}
    said = []
    progress = Progress(count)
    threading.Thread(target=progress.beat, daemon=True).start()
    with subprocess.Popen(  # noqa: S603
        argv, env=env, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as pip:
        assert pip.stdout
        for line in pip.stdout:
            said.append(line.rstrip())
            progress.tell(line)
    progress.end()
    if pip.returncode:
        errors = [line for line in said if line.startswith("ERROR")] or said[-15:]
        sys.exit("\n".join([f"pip could not install {requirements}:", *errors]))


class Progress:
    """One line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen: dict[str, None] = {}
        self._started = time.monotonic()
        self._doing = "asking for packages"
        self._ended = threading.Event()
        self._terminal = sys.stdout.isatty()
        _say(f"installing {count} packages into .venv (once; it may take a minute)")

    def tell(self, line: str) -> None:
        """Note what pip does now."""
        if line.startswith("Installing collected packages"):
            self._doing = f"unpacking {self._count} packages"
            return
        found = STEP.match(line.strip())
        if found:
            name = re.split(r"[=<>;\[]", found.group(1))[0].rpartition("/")[2]
            self._seen[name] = None
            self._doing = f"{min(len(self._seen), self._count)}/{self._count} {name[:40]}"

    def beat(self) -> None:
        """Show where we are, again and again, until the end."""
        while not self._ended.wait(0.2 if self._terminal else QUIET_FOR):
            text = f"  {self._doing} ({time.monotonic() - self._started:.0f} s)"
            if self._terminal:
                sys.stdout.write(f"\r\x1b[K{text}")
                sys.stdout.flush()
            else:
                _say(text)

    def end(self) -> None:
        """Say how long it took."""
        self._ended.set()
        line = f"  done in {time.monotonic() - self._started:.0f} s"
        _say(f"\r\x1b[K{line}" if self._terminal else line)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
