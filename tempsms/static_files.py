"""Collects the static files before a start, unless what was collected is already what would be.

`collectstatic` compresses and hashes for a second, and a start after a kill should not wait for it.
"""

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from tempsms import storage


def collect() -> None:
    """Run `collectstatic` if a source, the code that handles them, or the result is another than the last time."""
    stamp: Path = settings.VAR / "static-collected"
    if stamp.exists() and stamp.read_text() == _compute_fingerprint():
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(_compute_fingerprint())


def _compute_fingerprint() -> str:
    """A digest of the sources, of what makes the result out of them, and of the result."""
    parts = [django.__version__, version("whitenoise"), repr(settings.STORAGES["staticfiles"])]
    parts += [_digest_file(Path(storage.__file__)), *_describe_sources(), *_describe_results()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _describe_sources() -> Iterator[str]:
    for finder in get_finders():
        for name, place in finder.list([]):
            found = Path(place.path(name)).stat()
            yield f"{name} {found.st_size} {found.st_mtime_ns}"


def _describe_results() -> Iterator[str]:
    """The list of what was made, and how large each file of it is, if it is there."""
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists():
        yield _digest_file(manifest)
        made = (settings.STATIC_ROOT / name for name in json.loads(manifest.read_text())["paths"].values())
        yield from (str(path.stat().st_size if path.exists() else None) for path in made)


def _digest_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
