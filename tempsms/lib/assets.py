"""What pages carry in themselves or load beside: stylesheets with their hashes, and which modules need which."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*["']\./([\w-]+)\.js["'];""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A stylesheet, and the source expression that lets a policy allow it inside a page (CSP Level 3, 2.3.1)."""

    text: str
    source: str


def sheets(folder: Path) -> dict[str, Sheet]:
    """The stylesheets of a folder by their names without `.css`."""
    return {path.stem: _make_sheet(path.read_text()) for path in sorted(folder.glob("*.css"))}


def modules(folder: Path) -> dict[str, list[str]]:
    """For each script of a folder, by its name without `.js`, all that it imports, itself or through others."""
    imports = {path.stem: _IMPORT.findall(path.read_text()) for path in folder.glob("*.js")}
    return {name: _list_imports(name, imports) for name in imports}


def _make_sheet(text: str) -> Sheet:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Sheet(text, f"'sha256-{digest}'")


def _list_imports(start: str, imports: dict[str, list[str]]) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(imports[start])
    while waiting:
        name = waiting.pop(0)
        if name not in found and name != start:
            found[name] = None
            waiting += imports[name]
    return list(found)
