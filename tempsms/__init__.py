"""Wiring of tempsms, and the one trick of its layout.

Our app `numbers` shares its name with a module of the standard library. The folder has no `__init__.py`, so
`import numbers` always finds the library's module; giving that module a `__path__` makes `numbers.models` ours
while `numbers.Number` stays the library's. Every entry point imports `tempsms` first and so passes through here.
"""

from pathlib import Path

import numbers

ROOT = Path(__file__).resolve().parent.parent

numbers.__path__ = [str(ROOT / "numbers")]
