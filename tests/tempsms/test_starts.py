"""A start leaves out what nobody needs to wait for."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from inbox.api import threads
from inbox.ingest import batcher
from tempsms import ROOT, preparing, static_files
from tempsms.lib import postgres
from tempsms.management.commands import up
from tempsms.page_threads import PLACES


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    """A folder of one source, to be collected elsewhere."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.css").write_text("a {}")
    settings.VAR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "tempsms.storage.StaticFiles"}}
    static_files.collect()
    return folder


def collected(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a second start collects."""
    command = Mock()
    with monkeypatch.context() as patch:
        patch.setattr(static_files, "call_command", command)
        static_files.collect()
    return bool(command.called)


def test_static_files_are_collected_once(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [path.name for path in (sources.parent / "static").glob("a.????????????.css")]
    assert not collected(monkeypatch)


@pytest.mark.parametrize("what", ["changed", "new", "gone", "result gone", "result cut", "never finished"])
def test_static_files_are_collected_anew_when_anything_is_another(
    sources: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    result = next((sources.parent / "static").glob("a.????????????.css"))
    match what:
        case "changed":
            (sources / "a.css").write_text("b {}")
        case "new":
            (sources / "b.css").write_text("a {}")
        case "gone":
            (sources / "a.css").unlink()
        case "result gone":
            result.unlink()
        case "result cut":
            result.write_text("")
        case "never finished":
            (sources / "a.css").write_text("b {}")
            with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
                patch.setattr(static_files, "call_command", Mock(side_effect=OSError("full")))
                static_files.collect()
            (sources / "a.css").write_text("a {}")
    assert collected(monkeypatch)


def test_each_web_process_gets_the_connections_that_it_may_open() -> None:
    for_pages = sum(place.threads for first, place in PLACES.items() if first != "static")
    expected = for_pages + threads.THREADS + postgres.SIZE + batcher.MOST_WRITERS
    assert expected == up.OF_A_WEB_PROCESS  # it is needed before the apps are loaded
    assert up.connections_for(1) == 100  # PostgreSQL's own default
    assert up.connections_for(4) == 5 * up.OF_A_WEB_PROCESS + up.OF_ALL_OTHERS
    told = (ROOT / "docs/how-to/deploy.md").read_text()
    assert f"`max_connections` of {up.OF_ALL_OTHERS} + {up.OF_A_WEB_PROCESS} * (N + 1)" in told


def test_who_brings_too_small_a_postgresql_is_told(admin_user: Any) -> None:
    assert "warning" not in preparing.welcome(demo=False, connections=10)
    assert "all processes may need 10000" in preparing.welcome(demo=False, connections=10_000)
