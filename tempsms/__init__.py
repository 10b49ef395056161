"""Wiring of tempsms, and the one trick of its layout.

Our app `numbers` shares its name with a module of the standard library. The folder has no `__init__.py`, so
`import numbers` always finds the library's module; giving that module a `__path__` makes `numbers.models` ours
while `numbers.Number` stays the library's. Every entry point imports `tempsms` first and so passes through here.
"""

import sys
from pathlib import Path

import numbers

_HERE = Path(__file__).resolve().parent
_BUNDLE = _HERE / "bundle"
INSTALLED = _BUNDLE.is_dir()
"""Whether this is a wheel: what stands beside this package in a checkout is then inside it (`build_hook.py`)."""
ROOT = _BUNDLE if INSTALLED else _HERE.parent
if INSTALLED:
    # beside this package, before what others have installed under the same names
    beside = str(_HERE.parent)
    sys.path.insert(sys.path.index(beside) if beside in sys.path else len(sys.path), str(ROOT))

numbers.__path__ = [str(ROOT / "numbers")]
