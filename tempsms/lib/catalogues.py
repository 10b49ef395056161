"""Translations: gettext catalogues (`django.po`) are compiled to what Python reads (`django.mo`) when they are newer.

Only the .po files are kept in the repository. https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import logging
from pathlib import Path
from secrets import token_hex

logger = logging.getLogger(__name__)


def compile_stale(folder: Path) -> list[Path]:
    """Compile the catalogues of a folder `<language>/LC_MESSAGES/django.po` that are newer than their .mo; which.

    Any number of processes may do so at once. Where the folder cannot be written to, what is there stays in use.
    """
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        try:
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                _compile_catalogue(source, target)
                compiled.append(target)
        except OSError as error:
            logger.warning("the translations in %s are not compiled: %s", source, error)
    return compiled


def _compile_catalogue(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo  # only when there is something to do
    from babel.messages.pofile import read_po

    with source.open("rb") as lines:
        catalogue = read_po(lines, locale=source.parts[-3])
    aside = target.with_name(f".{target.name}.{token_hex(4)}")
    try:
        with aside.open("wb") as file:
            write_mo(file, catalogue)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
