"""What is run once more after a failure, and what is not."""

import json
from pathlib import Path

import pytest

from tests import again


@pytest.mark.parametrize(
    ("failed", "code"),
    [
        ([], 1),
        (["tests/test_x.py"], 1),  # it could not be imported
        (["tests/test_x.py::test_a"], 0),
        ([f"tests/test_x.py::test_{n}" for n in range(again.MOST + 1)], 1),
    ],
)
def test_only_a_few_tests_are_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: list[str], code: int
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:django\n")
    (tmp_path / "tests").mkdir()
    passing = "".join(f"def test_{n}(): pass\n" for n in "a0123")
    (tmp_path / "tests/test_x.py").write_text(passing)
    monkeypatch.setattr(again, "ROOT", tmp_path)
    monkeypatch.setattr(again, "LAST_FAILED", tmp_path / "lastfailed")
    again.LAST_FAILED.write_text(json.dumps(dict.fromkeys(failed, True)))
    assert again.main() == code


def test_what_fails_twice_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_x.py").write_text("def test_a(): assert False\n")
    monkeypatch.setattr(again, "ROOT", tmp_path)
    monkeypatch.setattr(again, "LAST_FAILED", tmp_path / "lastfailed")
    again.LAST_FAILED.write_text(json.dumps({"test_x.py::test_a@browser": True}))
    assert again.main() == 1


def test_the_groups_are_cut_off_and_parameters_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "LAST_FAILED", tmp_path / "lastfailed")
    again.LAST_FAILED.write_text(json.dumps({"x.py::a[b@c]": True, "x.py::a[b@c]@browser-2": True}))
    assert again.find_failed() == ["x.py::a[b@c]", "x.py::a[b@c]"]
