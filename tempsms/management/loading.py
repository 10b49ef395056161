"""What `up` does before it starts web, worker and beat: it prepares the database, and loads what they all run."""

import gc
import math
import os
import sys
from collections.abc import Callable
from functools import partial

from tempsms import known_errors, preparing, static_files, web_process
from tempsms.embedded import forking, ready_pipe
from tempsms.embedded.child import Child
from tempsms.embedded.ready_pipe import ReadyPipe
from tempsms.embedded.supervisor import Supervisor


def prepare(supervisor: Supervisor, demo: bool, connections: int) -> Callable[[], str]:
    """Prepare the database, and load the application: side by side where processes can be forked.

    Returns a function that returns the welcome: pages need not wait until the admin's password has been hashed.
    """
    if not forking.AVAILABLE:
        static_files.collect()
        preparing.prepare(demo)
        return partial(preparing.welcome, demo, connections)
    prepared = ReadyPipe()
    reader, writer = os.pipe()
    run = partial(_prepare_and_tell, demo, connections, prepared.told_through, writer)
    child = Child("preparation", [], prepared.check, pass_fds=(prepared.told_through, writer), run=run)
    supervisor.launch(child)
    os.close(writer)
    static_files.collect()
    web_process.load_application()
    supervisor.wait_for(child, within=math.inf)  # a migration may take its time

    def read_welcome() -> str:
        supervisor.finish(child)
        with os.fdopen(reader) as answer:
            return answer.read()

    return read_welcome


def _prepare_and_tell(demo: bool, connections: int, told_through: int, writer: int) -> None:
    try:
        preparing.prepare(demo)
        ready_pipe.tell(told_through)
        text = preparing.welcome(demo, connections)
    except Exception as error:
        known = known_errors.explain(error)
        if known is None:
            raise
        sys.exit(known)
    with os.fdopen(writer, "w") as answer:
        answer.write(text)


def load_rest() -> None:
    """Load what pages need not wait for, so that the processes forked from now on share it."""
    import celery.apps.beat
    import celery.apps.worker
    import celery.concurrency.prefork  # noqa: F401

    from tempsms.celery import app

    if forking.AVAILABLE:
        app.loader.import_default_modules()
        app.finalize()
        web_process.load_vocabulary()
        gc.freeze()
