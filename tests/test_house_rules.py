"""The house rules are kept, and each of them sees its breach."""

from pathlib import Path

import pytest

from tempsms import ROOT
from tests import house_rules

LONG = "def count() -> int:\n" + "    print()\n" * 45
KEPT = '''def _count_rows() -> int:
    return 1


def _count() -> int:
    """Return how many rows there are."""
    return 1


def _name_row() -> str:
    return "the state is 'active'"


def _read_row() -> str:
    return "SELECT 1 FROM numbers_lease WHERE state = ANY(%s)"


def _write_row() -> str:
    return ""
'''


def write(root: Path, path: str, text: str) -> None:
    """A tree of one file."""
    (root / path).parent.mkdir(parents=True)
    (root / path).write_text(text)


def test_the_house_keeps_its_rules() -> None:
    assert house_rules.breaches(ROOT) == []


def test_what_keeps_the_rules_is_no_breach(tmp_path: Path) -> None:
    write(tmp_path, "numbers/rentals.py", KEPT)
    assert house_rules.breaches(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "text", "breach"),
    [
        pytest.param("inbox/a.py", LONG, "inbox/a.py:1: count has 46 lines", id="long function"),
        pytest.param("tests/test_a.py", LONG, "test_a.py:1: count has 46 lines", id="long function of tests"),
        pytest.param("tests/test_a.py", "print()\n" * 551, "test_a.py has 551 lines", id="long test file"),
        (
            "inbox/a.py",
            KEPT.replace('"""Return', "# Return").replace('are."""', "are."),
            "_count is one word",
        ),
        (
            "inbox/a.py",
            KEPT.replace("_name_row", "_row").replace("-> str:", '-> str:\n    """X."""'),
            "2 of 5",
        ),
        ("tests/test_a.py", "ours = subprocess.Popen(['sleep', '9'])", "without tests.processes.started"),
        ("numbers/a.py", "SQL = \"SELECT 1 WHERE state IN ('active')\"", "a state is written out in SQL"),
        ("numbers/a.py", "SQL = \"UPDATE x SET y WHERE lease.state <> 'active'\"", "a state is written out"),
        ("numbers/rentals.py", "at = timezone.now()", "the application's clock is read"),
        ("numbers/a.py", "rows.select_for_update(of=('self',)).get()", "select_for_update without no_key"),
        ("inbox/pages/a.py", "shown = views.MessageView(id=1)", "a MessageView is made outside"),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, path: str, text: str, breach: str) -> None:
    write(tmp_path, path, text)
    (found,) = house_rules.breaches(tmp_path)
    assert breach in found
