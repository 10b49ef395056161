"""`python -m tests.house_rules`: what a machine can see of how this house is kept; `make check` runs it.

Imports between floors have a test of their own (tests/test_layout.py). Each rule yields a line for each breach:
`path:line: what is wrong`.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tempsms import ROOT

LONGEST_FUNCTION = 45  # lines
LONGEST_TEST_FILE = 550  # lines
ONE_WORD_SHARE = 0.2  # of all private functions
_FIXED = {"_respondToBadRequestAndDisconnect"}  # overrides, whose names are others'
_STATE_IN_SQL = re.compile(r"\bstate\s*(?:=|<>|!=|(?:NOT\s+)?IN\s*\()\s*'", re.IGNORECASE)
_OWN_DATABASE = (
    "numbers/carriers/simulated/"  # the simulated carrier's books are SQLite, with states of their own
)
_STARTERS = ("tests/processes.py", "tests/rig.py")
_STARTS = {"Popen", "create_subprocess_exec", "create_subprocess_shell"}
_DATABASES_CLOCK = ("numbers/rentals.py", "inbox/pages/cards.py", "inbox/live/access.py")

Tree = tuple[str, ast.Module]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(root: Path, *packages: str) -> Iterator[Tree]:
    """The Python files of packages below a folder, without migrations: path and syntax tree."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root).as_posix(), ast.parse(path.read_text())


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method."""
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def long_functions(found: list[Tree]) -> Iterator[str]:
    """No function is longer than `LONGEST_FUNCTION` lines."""
    for path, tree in found:
        for function in functions(tree):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{path}:{function.lineno}: {function.name} has {lines} lines"


def long_files(found: list[Tree]) -> Iterator[str]:
    """No file of tests is longer than `LONGEST_TEST_FILE` lines: it is split by what its tests prove."""
    for path, tree in found:
        lines = tree.body[-1].end_lineno or 0 if tree.body else 0
        if lines > LONGEST_TEST_FILE:
            yield f"{path} has {lines} lines"


def one_word_names(found: list[Tree]) -> Iterator[str]:
    """A private function is a verb and its object; a single word is rare, and has a docstring."""
    private = [
        (path, function)
        for path, tree in found
        for function in functions(tree)
        if function.name.startswith("_")
        and not function.name.startswith("__")
        and function.name not in _FIXED
    ]
    single = [(path, function) for path, function in private if "_" not in function.name.strip("_")]
    for path, function in single:
        if not ast.get_docstring(function):
            yield f"{path}:{function.lineno}: {function.name} is one word, without a docstring"
    if len(single) > ONE_WORD_SHARE * len(private):
        yield f"{len(single)} of {len(private)} private functions are one word"


def states_in_sql(found: list[Tree]) -> Iterator[str]:
    """SQL asks the views which numbers are shown and which rentals run, or takes states as parameters."""
    for path, tree in found:
        if path.startswith(_OWN_DATABASE):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _STATE_IN_SQL.search(node.value)
            ):
                yield f"{path}:{node.lineno}: a state is written out in SQL"


def clocks_beside_the_databases(found: list[Tree]) -> Iterator[str]:
    """Whether a rental runs is decided by the database's clock alone."""
    for path, tree in found:
        for node in ast.walk(tree):
            if (
                path in _DATABASES_CLOCK
                and isinstance(node, ast.Attribute)
                and node.attr in {"now", "utcnow"}
            ):
                yield f"{path}:{node.lineno}: the application's clock is read"


def views_made_elsewhere(found: list[Tree]) -> Iterator[str]:
    """What readers may see of a message is decided in one place: a `MessageView` is made nowhere else."""
    for path, tree in found:
        for node in ast.walk(tree):
            if (
                path != "inbox/messages/views.py"
                and isinstance(node, ast.Call)
                and _called(node) == "MessageView"
            ):
                yield f"{path}:{node.lineno}: a MessageView is made outside inbox/messages/views.py"


def locks_of_unsaid_strength(found: list[Tree]) -> Iterator[str]:
    """`select_for_update` says whether it locks the key too: then nothing that refers to the row can be committed."""
    for path, tree in found:
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and _called(node) == "select_for_update"
                and "no_key" not in {given.arg for given in node.keywords}
            ):
                yield f"{path}:{node.lineno}: select_for_update without no_key"


def processes_started_elsewhere(found: list[Tree]) -> Iterator[str]:
    """Tests start processes by `tests.processes.started`, which leaves nothing of them behind, however a test ends."""
    for path, tree in found:
        for node in ast.walk(tree):
            if path not in _STARTERS and isinstance(node, ast.Call) and _called(node) in _STARTS:
                yield f"{path}:{node.lineno}: a process is started without tests.processes.started"


def _called(call: ast.Call) -> str:
    """The last name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


Rule = Callable[[list[Tree]], Iterator[str]]
RULES: list[Rule] = [
    long_functions,
    one_word_names,
    states_in_sql,
    clocks_beside_the_databases,
    views_made_elsewhere,
    locks_of_unsaid_strength,
]
TEST_RULES: list[Rule] = [long_functions, long_files, processes_started_elsewhere]


def breaches(root: Path) -> list[str]:
    """Every breach of every rule below a folder."""
    code, tests = list(trees(root, "inbox", "numbers", "tempsms")), list(trees(root, "tests"))
    return [
        line
        for rules, found in ((RULES, code), (TEST_RULES, tests))
        for rule in rules
        for line in rule(found)
    ]


def main() -> None:
    """Print the breaches; exit with 1 if there are any."""
    if lines := breaches(ROOT):
        sys.exit("\n".join(lines))


if __name__ == "__main__":
    main()
