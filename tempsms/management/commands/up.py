"""`manage.py up`: run everything with one command, as `make run` does.

Programs load in parallel: the servers and the web process start before this process loads Django's apps, and the web
process serves once the database is prepared.
"""

import contextlib
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tempsms.embedded import services
from tempsms.embedded.program import CannotRun
from tempsms.embedded.supervisor import AlreadyRunning, Child, DidNotStart, Supervisor
from tempsms.lib import env, web_origin
from tempsms.management.commands.serve import SERVERS, listen


class Command(BaseCommand):
    """Start database, broker, web, worker and beat; stop them all on Ctrl-C."""

    help = "Run everything: embedded PostgreSQL and Valkey (unless configured), web, worker, beat."
    requires_system_checks: list[str] = []  # the database is not up yet; handle() runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for the address, the server and demo data."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")
        parser.add_argument(
            "--no-spare",
            dest="spare",
            action="store_false",
            help="do not run the spare web process (saves its memory)",
        )
        parser.add_argument(
            "--demo", action="store_true", help="add a simulated carrier, pool targets and traffic"
        )
        parser.add_argument("--rate", default="0.5", help="simulated messages per second")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start everything in order, print addresses and login, and supervise until stopped."""
        try:
            supervisor = Supervisor(settings.VAR)
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        try:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, supervisor.leave)
            self._start_and_watch(supervisor, options)
        except (CannotRun, DidNotStart) as error:
            raise CommandError(str(error)) from None
        except SystemExit:
            with contextlib.suppress(OSError):  # the disk may be full
                self.stdout.write("\nstopping")
        finally:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_IGN)  # once is enough
            supervisor.stop()

    def _start_and_watch(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        listener = listen(options["host"], options["port"])
        prepared, waiting = socket.socketpair()
        _settle_address(options)
        web, *others = _list_processes(listener, waiting, options)
        supervisor.launch(web)
        supervisor.start(*_list_servers(settings.VAR))
        django.setup()
        # these need the apps
        from numbers.tasks import fill_pool
        from tempsms import preparing

        preparing.prepare(demo=options["demo"])
        prepared.sendall(b"!")
        supervisor.wait_for(web)
        supervisor.start(*others)
        fill_pool.delay()  # beat would do it a little later
        self.stdout.write(preparing.welcome(demo=options["demo"]))
        self.stdout.flush()
        supervisor.watch()


def _settle_address(options: dict[str, Any]) -> None:
    """Set one PUBLIC_URL for this process, its children and every other command with this VAR."""
    if not env.text("PUBLIC_URL"):
        served = f"http://{web_origin.in_url(options['host'])}:{options['port']}"
        settings.PUBLIC_URL = web_origin.normalise(served)
    services.keep_address(settings.VAR, settings.PUBLIC_URL)
    for name in ("PUBLIC_URL_FILE", "VAR_FILE"):
        os.environ.pop(name, None)
    os.environ.update(PUBLIC_URL=settings.PUBLIC_URL, VAR=str(settings.VAR))


def _list_servers(var: Path) -> list[Child]:
    if services.database_url(var) != settings.DATABASE_URL:
        return []
    stop_with = {"postgres": signal.SIGINT}  # "fast" shutdown: sessions are ended, not waited for
    return [
        Child(
            program.name,
            program.argv,
            program.ready,
            stop_with=stop_with.get(program.name, signal.SIGTERM),
            needed=True,
        )
        for program in services.programs(var)
    ]


def _list_processes(listener: socket.socket, waiting: socket.socket, options: dict[str, Any]) -> list[Child]:
    manage = [sys.executable, str(Path(sys.argv[0]).resolve())]
    celery = [sys.executable, "-m", "celery", "-A", "tempsms.celery"]
    fds = listener.fileno(), waiting.fileno()
    schedule = str(settings.VAR / "beat-schedule")
    serve = [*manage, "serve", "--fd", str(fds[0]), "--wait-fd", str(fds[1]), "--server", options["server"]]
    serve += ["--turn", str(settings.VAR / "turn")]
    children = [
        Child("web", serve, lambda: _check_answer(options["host"], options["port"]), pass_fds=fds),
        Child("worker", [*celery, "worker", "-c", "2", "--loglevel", "INFO", "--without-gossip"]),
        Child("beat", [*celery, "beat", "--loglevel", "INFO", "-s", schedule, "--pidfile="]),
    ]
    if options["demo"]:
        children.append(Child("simulate", [*manage, "simulate", "--rate", options["rate"]]))
    if options["spare"]:
        # loading takes seconds, so the process that does not serve is kept ready
        children.append(Child("spare", serve, pass_fds=fds))
    return children


def _check_answer(host: str, port: str) -> None:
    with socket.create_connection((host, port), timeout=20) as probe:
        probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if b" 200 " not in probe.recv(64):
            raise ConnectionError("the web server does not answer 200")
