"""`make run` for a newcomer: wherever the checkout is, whatever `.venv` is there, with a Python that is too old."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tempsms import ROOT

MANAGE = "import os, sys\nprint(sys.argv[1:], os.environ['VAR'])\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that asks for no packages, and whose manage.py says what it was called with."""
    folder = tmp_path / 'it\'s a "new" one, ü $HOME'
    (folder / "tempsms").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "tempsms" / "install.py", folder / "tempsms")
    (folder / "requirements.txt").touch()
    (folder / "manage.py").write_text(MANAGE)
    return folder


def make(checkout: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Call make there."""
    argv = ["make", *arguments, f"PYTHON={python}"]
    return subprocess.run(argv, cwd=checkout, capture_output=True, text=True, timeout=300)


@pytest.fixture
def installed(checkout: Path) -> Path:
    """One whose `.venv` was half made when something went wrong, and then made again."""
    (checkout / ".venv" / "bin" / "python").mkdir(parents=True)
    said = make(checkout, "run", "PORT=8'0 \"0", "VAR=some where/it's").stdout
    assert "creating .venv again" in said
    assert "installing 0 packages" in said
    assert "['up', '--demo', '--port', '8\\'0 \"0'] some where/it's" in said
    return checkout


def test_a_venv_is_used_again_as_long_as_it_works(installed: Path) -> None:
    again = make(installed, "run").stdout
    assert "['up'" in again
    assert "installing" not in again
    what_pip_could_not_do_is_shown_without_its_noise(installed)
    python = installed / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    (installed / "requirements.txt").write_text("")
    said = make(installed, "run").stdout
    assert "creating .venv again" in said
    assert "['up'" in said


def what_pip_could_not_do_is_shown_without_its_noise(installed: Path) -> None:
    """A file that cannot be installed, twice: it is not taken for installed afterwards."""
    (installed / "requirements.txt").write_text("./missing-1.0-py3-none-any.whl\n")
    for _ in range(2):
        done = make(installed, "run")
        assert done.returncode != 0
        assert "pip could not install requirements.txt" in done.stderr
        assert "missing-1.0-py3-none-any.whl" in done.stderr
        assert "Traceback" not in done.stderr
        assert "['up'" not in done.stdout


def test_a_venv_that_is_somebody_elses_is_not_removed(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "kept").mkdir(parents=True)
    (checkout / ".venv").symlink_to(tmp_path / "theirs")
    done = make(checkout, "run")
    assert done.returncode != 0
    assert "remove the link" in done.stderr
    assert (tmp_path / "theirs" / "kept").exists()


def test_an_old_python_says_so_in_a_line(checkout: Path) -> None:
    old = checkout.parent / "python3.6"
    code = "import runpy, sys; sys.version_info = (3, 6, 9); runpy.run_path(sys.argv[1], run_name='__main__')"
    old.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -c "{code}" "$@"\n')
    old.chmod(0o755)
    done = make(checkout, "run", python=str(old))
    assert done.returncode != 0
    ours = [line for line in done.stderr.splitlines() if not re.match(r"make(\[\d+\])?:", line)]
    assert len(ours) == 1
    assert "needs Python 3.11 or later" in ours[0]
    assert "is 3.6" in ours[0]


def test_an_old_python_can_read_what_says_so() -> None:
    ast.parse((ROOT / "tempsms" / "install.py").read_text(), feature_version=(3, 6))
