"""The embedded PostgreSQL: its cluster, its folders, and its start in the foreground.

PostgreSQL refuses to run as root; for root it is started as another user.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from tempsms.embedded import as_user as as_user_module
from tempsms.embedded import cluster
from tempsms.embedded.postgres_programs import find_binary
from tempsms.embedded.program import CannotRun, Program


def program(var: Path, sockets: Path, connections: int) -> Program:
    """Return the server with its sockets there; its cluster and folders are created if missing."""
    data = var / "postgres"
    user = _unprivileged_user(data) if os.geteuid() == 0 else None
    make_private_folder(sockets, user)
    if not (data / "PG_VERSION").exists():
        _init_cluster(data, user)
    forget_a_dead_postmaster(data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock")
    argv = [find_binary("postgres", user), "-D", str(data), "-k", str(sockets), "-h", ""]
    rules = cluster.write_access_rules(data, user)
    if sys.platform == "linux":
        # after a crash all files are synced before recovery: one by one it took 3 to 7 s, this way 0.4 to 1.5 s
        rules = [*rules, "recovery_init_sync_method=syncfs"]
    settings = ["jit=off", f"max_connections={connections}", "log_min_messages=warning", "max_wal_size=2GB"]
    for setting in settings + rules:
        argv += ["-c", setting]
    return Program("postgres", as_user(argv, user, data, sockets), lambda: cluster.check_answers(sockets))


def make_private_folder(folder: Path, user: str | None) -> None:
    """Create a folder that only PostgreSQL's user may enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o700)


def forget_a_dead_postmaster(*lock_files: Path) -> None:
    """Remove the lock files of a postmaster that no longer exists.

    PostgreSQL mistakes a zombie, or any process that now has the same pid, for the running server.
    """
    for lock_file in lock_files:
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.AccessDenied):
            try:
                process = psutil.Process(int(lock_file.read_text().splitlines()[0]))
                alive = process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
            except psutil.NoSuchProcess:
                alive = False
            if not alive:
                lock_file.unlink()


def _init_cluster(place: Path, user: str | None) -> None:
    """Initialise the cluster in a temporary folder and move it when complete, so that a kill leaves no half of one."""
    data = place.with_name("postgres.new")
    shutil.rmtree(data, ignore_errors=True)
    make_private_folder(data, user)
    argv = [find_binary("initdb", user), "-D", str(data), "-U", cluster.ADMIN, "-A", "peer"]
    argv += ["-E", "UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(as_user(argv, user, data), capture_output=True, text=True, cwd="/")  # noqa: S603
    if done.returncode:
        raise CannotRun(f"initdb failed: {done.stderr.strip()[-600:]}")
    shutil.rmtree(place, ignore_errors=True)  # without PG_VERSION it contains no data
    data.rename(place)


def _unprivileged_user(data: Path) -> str:
    """Whom root runs PostgreSQL as: the data's owner, else `postgres` where it exists, else `nobody`."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def as_user(argv: list[str], user: str | None, *folders: Path) -> list[str]:
    """The command as another user, who needs not be able to reach the folders among its arguments."""
    if user is None:
        return argv
    return [sys.executable, "-I", as_user_module.__file__, user, "\n".join(map(str, folders)), *argv]
