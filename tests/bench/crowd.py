"""Ten thousand open pages of one number: a message until the last of them has it, and their return after a kill.

Method: two web processes that share a socket and a turn, as `up` has them: one serves, the other is ready. They have a
core of their own, and so have their viewers: 10,000 sockets of one client process, each of which comes back as a page
does. Meanwhile another client asks the poll as often as 10,000 pages do that have just been loaded, each every 30 s.
Nine messages are published as in live.py; then the serving process is killed, and the time is taken until the last
socket is open again, at the one that took over. BENCH_CROWD sets another number than 10,000.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import psutil
import redis

from tempsms import ROOT
from tempsms.embedded import services
from tempsms.embedded.ready_pipe import ReadyPipe
from tests.bench import live
from tests.bench.servers import account_with_number, database
from tests.processes import started
from tests.rig import MANAGE
from tests.waiting import until

SOCKETS = int(os.environ.get("BENCH_CROWD", "10000"))
POLL_EVERY = 30.0


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    path = live.INBOX
    with database(folder) as env, _taking_turns(folder, env) as (port, serving):
        account_with_number(env, port)
        asking = [sys.executable, "-m", "tests.bench.polls", str(port), path, str(SOCKETS / POLL_EVERY)]
        viewing = live.viewers(port, f"/ws{live.INBOX}", serving, SOCKETS)
        with (
            viewing as (lines, opens, memory),
            started(asking, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT) as pages,
        ):
            live.use_core(psutil.Process(pages.pid), first=False)
            with redis.Redis.from_url(services.redis_url(folder)) as client:
                times = [live.time_to_last(client, lines, n + 1) for n in range(live.MESSAGES)]
            serving.kill()
            killed = time.perf_counter()
            word, at = live.next_line(lines, 120).split()
            if word != "back":
                raise RuntimeError(f"the viewers said {word}")
    yield f"crowd.sockets: {SOCKETS}"
    yield f"crowd.opens_per_s: {opens:.0f} /s"
    yield f"crowd.kb_per_socket: {memory:.1f} kB"
    yield f"crowd.last_ms: {median(times) * 1000:.0f} ms ({min(times) * 1000:.0f}-{max(times) * 1000:.0f})"
    yield f"crowd.back_seconds: {float(at) - killed:.1f} s"


@contextmanager
def _taking_turns(folder: Path, env: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """Two web processes, of which the first serves: their port, and the first one."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener, ExitStack() as processes:
        port = listener.getsockname()[1]
        own = {**env, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        found = []
        for _ in range(2):
            ready = ReadyPipe()
            fds = listener.fileno(), ready.told_through
            argv = [*MANAGE, "serve", "--fd", str(fds[0]), "--ready-fd", str(fds[1])]
            argv += ["--turn", str(folder / "turn")]
            process = processes.enter_context(started(argv, env=own, pass_fds=fds, cwd=ROOT))
            until(partial(_has_told, ready))
            found.append(psutil.Process(process.pid))
            live.use_core(found[-1], first=True)
        yield port, found[0]


def _has_told(pipe: ReadyPipe) -> bool:
    try:
        pipe.check()
    except BlockingIOError:
        return False
    return True
