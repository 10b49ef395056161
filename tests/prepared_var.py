"""A VAR whose database is migrated, as a first `up` makes it, for instances that would do the same once more each.

One a test run: the controlling process names a folder, and whichever process needs it first fills it.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tempsms import ROOT
from tests.servers import Servers

_FOLDER = "PREPARED_VAR"
_PREPARE = """
import tempsms, django
django.setup()
from tempsms import preparing, static_files
preparing.prepare(demo=False)
static_files.collect()
"""


def share() -> "tempfile.TemporaryDirectory[str] | None":
    """Name a folder to all processes of this run; None if there is one already."""
    if _FOLDER in os.environ:
        return None
    folder = tempfile.TemporaryDirectory(prefix="tempsms-prepared-", ignore_cleanup_errors=True)
    os.environ[_FOLDER] = folder.name
    return folder


def copy(var: Path, env: dict[str, str]) -> None:
    """Fill a new VAR, for processes with these variables; outside of test runs it stays empty."""
    if _FOLDER not in os.environ:
        return
    folder = Path(os.environ[_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _prepare(folder / "var", env)
            (folder / "done").touch()
    # owners too: PostgreSQL runs as a user of its own
    subprocess.run(["cp", "-a", f"{folder / 'var'}/.", str(var)], check=True)


def _prepare(var: Path, env: dict[str, str]) -> None:
    with Servers(var):
        subprocess.run([sys.executable, "-c", _PREPARE], env={**env, "VAR": str(var)}, cwd=ROOT, check=True)
