"""Compiles the translations into the wheel: where it is installed, nobody may be able to write beside them.

Hatchling calls it (https://hatch.pypa.io/latest/plugins/build-hook/custom/), in an environment with Babel alone.
"""

from importlib import util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling finds it by its name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile what is out of date before files are collected."""
        path = Path(self.root) / "tempsms" / "lib" / "catalogues.py"
        # by its path: importing the package would need what it depends on
        spec = util.spec_from_file_location("catalogues", path)
        assert spec
        assert spec.loader
        catalogues = util.module_from_spec(spec)
        spec.loader.exec_module(catalogues)
        catalogues.compile_stale(Path(self.root) / "inbox" / "locale")
