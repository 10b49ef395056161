"""Several processes share their metrics: counts add up and survive their process, gauges do not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tempsms import ROOT
from tests.processes import started

PROCESS = """
import sys
import tempsms
from tempsms.lib import metrics
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Process:
    """A process that does as it is told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def do(self, line: str) -> str:
        """Run a line; what it prints."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return "".join(iter(self.process.stdout.readline, "done\n"))

    def shown(self) -> dict[str, float]:
        """The metrics of all, as this process says."""
        text = self.do("print(metrics.exposition().decode())")
        pairs = (line.rpartition(" ") for line in text.splitlines() if line.startswith("tempsms"))
        return {name: float(value) for name, _, value in pairs}


class Folder:
    """A folder that processes share."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path, self._stack = path, stack

    def start(self) -> Process:
        """Another process."""
        env = {"PROMETHEUS_MULTIPROC_DIR": str(self.path), "DJANGO_SETTINGS_MODULE": "tempsms.settings"}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        argv = [sys.executable, "-c", PROCESS]
        return Process(self._stack.enter_context(started(argv, cwd=ROOT, text=True, env=env, **pipes)))

    def files(self) -> set[str]:
        """The names of its files."""
        return {path.name for path in self.path.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """An empty one."""
    with ExitStack() as stack:
        yield Folder(tmp_path, stack)


def kill(process: Process) -> None:
    """End it as nothing can be caught."""
    process.process.kill()
    process.process.wait()


def test_any_of_them_answers_for_all(folder: Folder) -> None:
    one, other = folder.start(), folder.start()
    one.do("metrics.FRAMES.inc(3); metrics.SOCKETS.inc(2)")
    other.do("metrics.FRAMES.inc(4); metrics.SOCKETS.inc(5)")
    other.do("metrics.webhooks('twilio', 'stored').inc(); metrics.INGEST_SECONDS.observe(0.3)")
    for process in (one, other):
        shown = process.shown()
        assert shown["tempsms_frames_total"] == 7
        assert shown["tempsms_sockets"] == 7
        assert shown['tempsms_webhooks_total{carrier="twilio",outcome="stored"}'] == 1
        assert shown["tempsms_ingest_seconds_count"] == 1


def test_a_dead_one_leaves_what_it_counted_and_nothing_that_was_now(folder: Folder) -> None:
    one, other = folder.start(), folder.start()
    for process in (one, other):
        process.do("metrics.FRAMES.inc(); metrics.SOCKETS.inc()")
    kill(one)
    shown = other.shown()
    assert (shown["tempsms_frames_total"], shown["tempsms_sockets"]) == (2, 1)


def test_the_next_one_goes_on_with_the_files_of_a_dead_one(folder: Folder) -> None:
    process = folder.start()
    process.do("metrics.FRAMES.inc(); metrics.SOCKETS.inc()")
    files = folder.files()
    for _ in range(3):
        kill(process)
        process = folder.start()
        process.do("metrics.FRAMES.inc()")
    assert folder.files() == files
    shown = process.shown()
    assert (shown["tempsms_frames_total"], shown["tempsms_sockets"]) == (4, 0)


def test_a_forked_one_counts_for_itself(folder: Folder) -> None:
    process = folder.start()
    process.do("metrics.FRAMES.inc(5)")
    process.do("import os; pid = os.fork(); pid or (metrics.FRAMES.inc(), os._exit(0)); os.waitpid(pid, 0)")
    process.do("metrics.FRAMES.inc(10)")
    assert process.shown()["tempsms_frames_total"] == 16


def expect_room(folder: Folder) -> None:
    """Check that the disk has room for all that its files may hold."""
    files = list(folder.path.glob("*.db"))
    assert len(files) == 4
    for path in files:
        assert path.stat().st_blocks * 512 >= path.stat().st_size >= 256 * 1024, path


def test_its_files_have_their_room_before_they_are_written(folder: Folder) -> None:
    process = folder.start()
    process.do("metrics.OLDEST_DELIVERY.set(7); metrics.SOCKETS.inc()")
    expect_room(folder)
    kill(process)
    other = folder.start()
    other.do("metrics.OLDEST_DELIVERY.set(8)")
    expect_room(folder)


def test_a_dead_one_leaves_no_gauge_of_any_kind(folder: Folder) -> None:
    one, other = folder.start(), folder.start()
    one.do("metrics.OLDEST_DELIVERY.set(7)")
    assert other.shown()["tempsms_oldest_delivery_seconds"] == 7
    kill(one)
    assert "tempsms_oldest_delivery_seconds" not in other.shown()


def test_one_process_alone_keeps_nothing_in_files(tmp_path: Path) -> None:
    script = "import tempsms; from tempsms.lib import metrics; print(metrics.exposition().decode())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert "process_cpu_seconds_total" in done.stdout
    assert "tempsms_frames_total 0.0" in done.stdout
