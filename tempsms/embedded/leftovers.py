"""Which processes a supervisor runs, written down, so that the next one ends what a killed one left behind."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from tempsms.embedded.child import Child

LEFTOVERS_WITHIN = 5.0
Identity = list[int | str]
Tree = list[psutil.Process]


class Book:
    """The list of running processes in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: dict[str, Identity] = {}

    def write_down(self, children: Mapping[str, Child]) -> None:
        """Store the list once there is room for it; a full disk must not end the supervisor."""
        alive = {
            name: [*_identify_process(child.process.pid), child.needed]
            for name, child in children.items()
            if child.process
        }
        if alive == self._written:
            return
        draft = self._path.with_suffix(".draft")
        with suppress(OSError):
            draft.write_text(json.dumps(alive))
            # Replaced whole: a kill in the middle of writing must not leave half a list
            draft.replace(self._path)
            self._written = alive

    def remove(self) -> None:
        """Nothing runs any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """End what a killed supervisor left: only processes whose start time is the one written down.

        The kernel has signalled them already (Linux). Servers may end cleanly; the others survive being killed at any
        moment, and waiting for them would only delay this start.
        """
        needed, others = self._find_leftovers()
        _kill_processes([process for tree in others for process in tree])
        for tree in needed:
            with suppress(psutil.Error):
                tree[0].terminate()
        servers = [process for tree in needed for process in tree]
        if not _wait_for_end(servers, LEFTOVERS_WITHIN):
            _kill_processes(servers)
        self.remove()

    def _find_leftovers(self) -> tuple[list[Tree], list[Tree]]:
        """The recorded processes that still run, with their children: the `needed` ones, and the others."""
        needed: list[Tree] = []
        others: list[Tree] = []
        with suppress(OSError, ValueError):
            for pid, created, *is_needed in json.loads(self._path.read_text()).values():
                if created and _identify_process(pid) == [pid, created] and (tree := _list_tree(pid)):
                    (needed if is_needed != [False] else others).append(tree)
        return needed, others


def _identify_process(pid: int) -> Identity:
    """A lasting identity of a process: the boot and its start time by the kernel's clock, which cannot be set."""
    with suppress(OSError, IndexError):
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return [pid, f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {ticks}"]
    with suppress(psutil.Error):
        return [pid, str(psutil.Process(pid).create_time())]
    return [pid, ""]


def _list_tree(pid: int) -> Tree:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _wait_for_end(processes: Tree, seconds: float) -> bool:
    """Wait until the processes have exited, reaped or not."""
    deadline = time.monotonic() + seconds
    while lives := any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return not lives


def _kill_processes(processes: Tree) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    _wait_for_end(processes, LEFTOVERS_WITHIN)


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
