"""The house keeps its shape: imports point down, and `numbers` is both ours and the standard library's."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from tempsms import ROOT

PROBE = "import numbers, numbers.models; assert numbers.Number.__module__ == 'numbers'; print(numbers.models.Number)"
UVICORN = "i('tempsms.asgi:application')"
DJANGO = "import tempsms, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tempsms.settings'; import django; django.setup();"

# a room may import from itself and from the rooms below it
ROOMS = ["tempsms.lib", "numbers.carriers", "numbers", "inbox", "tempsms"]


def room_of(module: str) -> int | None:
    """The floor of a module: 0 is the ground."""
    for floor, room in enumerate(ROOMS):
        if module == room or module.startswith(room + "."):
            return floor
    return None


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Every import of a file with its line, those inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def sources() -> list[Path]:
    """Our Python files, tests and migrations aside."""
    files = [path for room in ("tempsms", "inbox", "numbers") for path in (ROOT / room).rglob("*.py")]
    return [path for path in files if "migrations" not in path.parts]


def test_imports_point_down() -> None:
    wrong = []
    for path in sources():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        floor = room_of(module.removesuffix(".__init__"))
        for line, name in imports_of(path):
            target = room_of(name)
            # `from tempsms import ROOT` and the embedded paths are the settings' ground, not the wiring above
            if target is not None and floor is not None and target > floor and name != "numbers":
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_adapters_know_neither_django_nor_the_database() -> None:
    wrong = []
    for path in (ROOT / "numbers" / "carriers").rglob("*.py"):
        names = imports_of(path)
        wrong += [
            f"{path.name}:{line} {name}" for line, name in names if name.startswith(("django", "tempsms"))
        ]
    assert wrong == []


def test_the_import_test_would_see_an_upward_import() -> None:
    assert room_of("inbox.pages") > room_of("numbers.pool") > room_of("numbers.carriers.contract")  # type: ignore[operator]
    assert room_of("numbers.carriers.contract") > room_of("tempsms.lib.env")  # type: ignore[operator]


@pytest.mark.parametrize(
    "argv",
    [
        [sys.executable, "manage.py", "shell", "-v0", "-c", PROBE],
        [sys.executable, "-c", f"{DJANGO} {PROBE}"],
        [sys.executable, "-m", "celery", "-A", "tempsms.celery", "inspect", "--help"],
        [sys.executable, "-c", f"import celery.bin.celery, tempsms.celery, django; django.setup(); {PROBE}"],
        [sys.executable, "-c", f"from uvicorn.importer import import_from_string as i; {UVICORN}; {PROBE}"],
        [sys.executable, "-c", f"import daphne.cli, tempsms.asgi; {PROBE}"],
    ],
    ids=["manage.py", "django", "celery", "celery app", "uvicorn", "daphne"],
)
def test_numbers_is_ours_and_the_librarys_in_every_entry_point(argv: list[str], tmp_path: Path) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    if "inspect" not in argv:
        assert "numbers.models.number.Number" in done.stdout


def test_numbers_is_ours_and_the_librarys_under_pytest() -> None:
    import numbers
    from numbers.models import Number

    assert numbers.Number.__module__ == "numbers"
    assert isinstance(3, numbers.Integral)
    assert Number._meta.app_label == "numbers"
    assert not (ROOT / "numbers" / "__init__.py").exists()


def test_the_top_level_holds_only_what_belongs_there() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    rooms = {
        "manage.py",
        "pyproject.toml",
        "README.md",
        "tempsms",
        "numbers",
        "inbox",
        "templates",
        "static",
        "tests",
    }
    tools = {
        "Makefile",
        "requirements.txt",
        "requirements-dev.txt",
        ".ci",
        "deploy",
        "docs",
        "LICENSE",
        "CHANGELOG.md",
    }
    extra = {"SECURITY.md", ".gitignore"}
    assert {name.split("/")[0] for name in tracked.stdout.split()} <= rooms | tools | extra


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, Debian's 3.11.2 among them, matches such patterns wrongly (CPython issue 106052)."""
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+[^+\d\s]")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "+,-./" not in line
        and (possessive.search(line) or "(?>" in line)  # a table of characters is no pattern
    ]
    assert wrong == []


def test_every_package_that_is_imported_is_asked_for() -> None:
    """What is only there because some other package needs it may be gone tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    parts = [re.split(r"[\[\],<>=]+", line) for line in project["dependencies"]]  # name, its extras, versions
    asked = {name for name, *_ in parts} | {f"{name}-{extra}" for name, *rest in parts for extra in rest}
    distributions = metadata.packages_distributions()
    ours = {"tempsms", "numbers", "inbox"}
    wrong = []
    for path in sources():
        for line, name in imports_of(path):
            top = name.partition(".")[0]
            if top in ours or top in sys.stdlib_module_names:
                continue
            if not asked & {found.lower().replace("_", "-") for found in distributions.get(top, [])}:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []
