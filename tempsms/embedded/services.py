"""The embedded PostgreSQL and Valkey of a VAR: their sockets, their addresses, and the two as programs.

Both listen on Unix sockets only, in a folder that no other user may enter, at a path derived from VAR, so that any
`manage.py` command finds the servers that a running `make run` started. A PostgreSQL or Redis/Valkey on PATH is used
if a wheel is missing.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from tempsms.embedded import cluster, postgres, valkey
from tempsms.embedded.program import CannotRun, Program

DATABASE = cluster.DATABASE
CONNECTIONS = 100
"""What PostgreSQL takes by default, enough for one web process, the workers and commands beside them."""
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS; the file name follows


def run_folder(var: Path) -> Path:
    """Where the sockets are: VAR/run, or a plain path in the temporary folder when VAR is too deep or has an odd name.

    libpq takes a comma for the next host; blanks, percents and letters of other scripts are read in more than one way
    by those who take addresses.
    """
    folder = var / "run"
    short = len(os.fsencode(folder / "pg" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    if short and re.fullmatch(r"[A-Za-z0-9/._+~-]+", str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tempsms-{os.geteuid()}-{digest}"


def database_url(var: Path) -> str:
    """The embedded PostgreSQL's address."""
    return f"postgresql://{cluster.ROLE}@/{DATABASE}?host={quote(str(run_folder(var) / 'pg'), safe='')}"


def redis_url(var: Path) -> str:
    """The embedded Valkey's address, as redis-py spells it."""
    return f"unix://{run_folder(var) / 'valkey.sock'}"


def programs(var: Path, connections: int = CONNECTIONS) -> list[Program]:
    """The two servers, with their folders and database cluster created if missing; raises `CannotRun`.

    PostgreSQL takes so many connections.
    """
    folder = run_folder(var)
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    if folder.stat().st_uid != os.geteuid():
        raise CannotRun(f"{folder} belongs to another user: remove it or set VAR")
    return [postgres.program(var, folder / "pg", connections), valkey.program(var, folder / "valkey.sock")]


def create_database(var: Path) -> None:
    """Create our role and our database if they are missing."""
    cluster.prepare(run_folder(var) / "pg")


def must_be_both_or_neither(var: Path, database: str, broker: str) -> None:
    """Raise `ImproperlyConfigured` if only one of the two servers is embedded."""
    if (database == database_url(var)) != (broker == redis_url(var)):
        raise ImproperlyConfigured("set both DATABASE_URL and REDIS_URL, or neither")


def address(var: Path) -> str:
    """The address of the running `manage.py up` on this VAR, or the default one."""
    with contextlib.suppress(FileNotFoundError):
        return (var / "address").read_text().strip()
    return "http://127.0.0.1:8000"


def keep_address(var: Path, url: str) -> None:
    """Store our address for other commands with this VAR."""
    var.mkdir(parents=True, exist_ok=True)
    (var / "address").write_text(url)
