"""Creates `.venv` and installs into it: `python3 -I tempsms/install.py requirements.txt`, as `make` calls it.

It runs on whatever Python a machine has, so an old one must be able to parse the first lines, and needs nothing else.
A broken `.venv` (half created, its Python missing or too old) is created again. While pip runs, the progress is shown;
of pip's output only errors are shown.
"""

import sys

NEEDED = (3, 11)
if sys.version_info < NEEDED:
    sys.exit(
        "tempsms needs Python 3.11 or later, but %s is %d.%d: install a later one and name it, as in"  # noqa: UP031
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
QUIET_FOR = 5.0  # seconds between two lines of progress where the output is not a terminal
SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}
STEP = re.compile(
    r"(?:Collecting|Requirement already satisfied:|Downloading|Using cached|Building wheel for) (\S+)"
)


def main(requirements: str) -> None:
    """Install the requirements unless they are installed; raises `SystemExit` with what went wrong."""
    text = Path(requirements).read_bytes()
    stamp = VENV / f".{Path(requirements).stem}"
    wanted = hashlib.sha256(text).hexdigest()
    works = _venv_works()
    if works and stamp.is_file() and stamp.read_text() == wanted:
        return
    if not works:
        _make_venv()
    _run_pip(requirements, text.count(b"=="))
    stamp.write_text(wanted)
    if requirements == "requirements-dev.txt":  # it includes the other file
        (VENV / ".requirements").write_text(hashlib.sha256(Path("requirements.txt").read_bytes()).hexdigest())


def _venv_works() -> bool:
    try:
        return not subprocess.run([str(PYTHON), "-c", WORKS], capture_output=True).returncode  # noqa: S603
    except OSError:
        return False


def _make_venv() -> None:
    if VENV.is_symlink():
        sys.exit(
            f"{VENV} links to {VENV.readlink()}, which has no Python 3.11 or later with pip: remove the link"
        )
    if VENV.exists():
        _print_line("creating .venv again: the existing one does not work")
        shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        hint = f": on Debian and Ubuntu, `apt install {version}`" if "ensurepip" in done.stdout else ""
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"{sys.executable} cannot create {VENV}{hint}\n{(done.stdout + done.stderr).strip()[-600:]}")


def _run_pip(requirements: str, count: int) -> None:
    """Run pip and show its progress; exit with its errors if it fails."""
    argv = [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off", "-r", requirements]
    env = {**os.environ, **SETTINGS}
    lines = []
    progress = Progress(count)
    threading.Thread(target=progress.beat, daemon=True).start()
    with subprocess.Popen(  # noqa: S603
        argv, env=env, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as pip:
        assert pip.stdout
        for line in pip.stdout:
            lines.append(line.rstrip())
            progress.note(line)
    progress.end()
    if pip.returncode:
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-15:]
        sys.exit("\n".join([f"pip could not install {requirements}:", *errors]))


class Progress:
    """Shows progress: one changing line on a terminal, a new line every few seconds elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen: dict[str, None] = {}
        self._started = time.monotonic()
        self._doing = "looking up packages"
        self._ended = threading.Event()
        self._terminal = sys.stdout.isatty()
        _print_line(f"installing {count} packages into .venv (only once; this may take a minute)")

    def note(self, line: str) -> None:
        """Derive the current step from a line of pip's output."""
        if line.startswith("Installing collected packages"):
            self._doing = f"installing {self._count} packages"
            return
        found = STEP.match(line.strip())
        if found:
            name = re.split(r"[=<>;\[]", found.group(1))[0].rpartition("/")[2]
            self._seen[name] = None
            self._doing = f"{min(len(self._seen), self._count)}/{self._count} {name[:40]}"

    def beat(self) -> None:
        """Show the current step repeatedly until the end."""
        while not self._ended.wait(0.2 if self._terminal else QUIET_FOR):
            text = f"  {self._doing} ({time.monotonic() - self._started:.0f} s)"
            if self._terminal:
                sys.stdout.write(f"\r\x1b[K{text}")
                sys.stdout.flush()
            else:
                _print_line(text)

    def end(self) -> None:
        """Show how long the installation took."""
        self._ended.set()
        line = f"  done in {time.monotonic() - self._started:.0f} s"
        _print_line(f"\r\x1b[K{line}" if self._terminal else line)


def _print_line(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
