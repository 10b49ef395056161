"""One web process on uvicorn or daphne; all protocol settings are here."""

import asyncio
import fcntl
import gc
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tempsms.embedded import ready_pipe
from tempsms.watchdog import Watchdog

SERVERS = ("uvicorn", "daphne")


@dataclass(slots=True)
class WebProcess:
    """What a web process is given: a listening socket, and how it is to serve on it.

    `ready_fd`: the pipe by which to say that it serves, or would. `turn`: a lock file; of the processes that share
    it one serves, and the others are ready to.
    """

    listener: socket.socket
    server: str = "uvicorn"
    ready_fd: int | None = None
    turn: Path | None = None
    _held: IO[str] | None = None

    def serve(self) -> None:
        """Serve until SIGTERM."""
        load_application()
        if self.turn is not None:
            self.tell_ready()
            self._take_turn(self.turn)
        (_run_uvicorn if self.server == "uvicorn" else _run_daphne)(self)

    def tell_ready(self) -> None:
        """Say that this process serves, or waits for its turn with everything loaded."""
        if self.ready_fd is not None:
            ready_pipe.tell(self.ready_fd)

    def give_turn(self) -> None:
        """Let the next process serve: this one is about to end."""
        if self._held is not None:
            self._held.close()

    def _take_turn(self, turn: Path) -> None:
        """Wait until the serving process has ended or is about to; our own turn lasts until the file is closed."""
        self._held = turn.open("a")
        fcntl.flock(self._held, fcntl.LOCK_EX)


def load_vocabulary() -> None:
    """Load what takes longest, and what no page needs: the words that are looked for in messages."""
    from inbox.codes import vocabulary
    from inbox.safety import decide

    vocabulary.prepare()
    decide.prepare()


def load_vocabulary_beside() -> None:
    """Load it in a thread, while others serve: they get the interpreter back within a fifth of a millisecond."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        load_vocabulary()
    finally:
        sys.setswitchinterval(usual)


def load_application() -> None:
    """Load the application, and exempt what lives as long as the process from garbage collection."""
    import tempsms.asgi  # noqa: F401  (reads the static files: they must be collected)

    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


def _run_uvicorn(process: WebProcess) -> None:
    import uvicorn

    from inbox.live import endings
    from tempsms.asgi import pages
    from tempsms.lib.servers.uvicorn_protocols import MESSAGE_BYTES, BoundedHttp, LeavingState, QuietWebSocket

    class Server(uvicorn.Server):
        """Lets the next process accept before shutting down, and ends event streams, for which it would wait."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self._watchdog = Watchdog(asyncio.get_running_loop(), lambda: pages.stuck)
            self._watchdog.start()
            process.tell_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self._watchdog.stop()
            process.give_turn()
            self.server_state.leaving = True  # type: ignore[attr-defined]
            await endings.close()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        "tempsms.asgi:application",
        loop="uvloop",
        http=BoundedHttp,
        ws=QuietWebSocket,
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # doubles CPU and memory per socket for frames of 200 bytes
        access_log=False,
        log_config=None,
        proxy_headers=False,  # tempsms.lib.visitor counts trusted proxies itself
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    server = Server(config)
    server.server_state = LeavingState()
    server.run(sockets=[process.listener])


def _run_daphne(process: WebProcess) -> None:
    from inbox.live import endings
    from tempsms.asgi import PARTS, application, pages
    from tempsms.lib.servers.daphne_server import BoundedServer

    class Server(BoundedServer):
        """As above; also closes the application's parts, since daphne has no lifespan events."""

        def startup(self) -> None:
            self._watchdog = Watchdog(asyncio.get_event_loop(), lambda: pages.stuck)
            self._watchdog.start()
            process.tell_ready()

        async def shutdown(self) -> None:
            self._watchdog.stop()
            process.give_turn()
            await endings.close()
            await super().shutdown()
            for part in PARTS:
                await part.close()

    Server(application, process.listener.detach()).run()
