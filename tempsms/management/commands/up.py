"""`manage.py up`: run everything with one command, as `make run` does.

The servers start first; meanwhile this process loads the application, once for all: web, worker and beat are forked
from it, and share its memory.
"""

import contextlib
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from tempsms import INSTALLED
from tempsms.embedded import services
from tempsms.embedded.child import Child
from tempsms.embedded.program import CannotRun
from tempsms.embedded.supervisor import AlreadyRunning, DidNotStart, Supervisor
from tempsms.lib import env, metric_files, web_origin
from tempsms.management.commands.serve import (
    listen,
    share_limits,
    web_child,
    web_children,
    web_processes,
)
from tempsms.web_process import SERVERS

# what a wheel is started in is not ours: -P keeps that folder's modules out
CELERY = [sys.executable, *(["-P"] if INSTALLED else []), "-m", "celery", "-A", "tempsms.celery"]
OF_A_WEB_PROCESS = 30
"""Database connections: of threads 12 for pages and 4 for the API, 6 for lookups and 4 for storing messages."""
OF_ALL_OTHERS = 30
"""Database connections of workers, and of commands run by hand; PostgreSQL keeps three for its administrator."""


class Command(BaseCommand):
    """Start database, broker, web, worker and beat; stop them all on Ctrl-C."""

    help = "Run everything: embedded PostgreSQL and Valkey (unless configured), web, worker, beat."
    requires_system_checks: list[str] = []  # the database is not up yet; handle() runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for the address, the server and demo data."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument(
            "--web",
            type=web_processes,
            default=1,
            help="how many web processes share the address; SIGUSR1 replaces them one by one",
        )
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")
        parser.add_argument(
            "--no-spare",
            dest="spare",
            action="store_false",
            help="do not run the spare web process; with several there is none anyway",
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
            signal.signal(signal.SIGUSR1, supervisor.replace)
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
        _settle_address(options)
        share_limits(options["web"])
        if options["demo"]:
            _shorten_cool_down()
        if options["web"] > 1:
            metric_files.share(settings.VAR / "metrics")
        servers = _list_servers(settings.VAR, options["web"])
        for server in servers:
            supervisor.launch(server)
        django.setup()
        for server in servers:
            supervisor.wait_for(server)
        from tempsms.management import loading  # needs the apps

        welcome = loading.prepare(supervisor, options["demo"], connections_for(options["web"]))
        first, *others = _list_processes(listener, options)
        supervisor.start(first)
        _check_answer(options["host"], options["port"])
        loading.load_rest()
        supervisor.start(*others, *self.list_more(options))
        self.stdout.write(self.complete(welcome(), options))
        self.stdout.flush()
        supervisor.watch()

    def list_more(self, options: dict[str, Any]) -> list[Child]:
        """Programs that run beside the others."""
        return []

    def complete(self, welcome: str, options: dict[str, Any]) -> str:
        """The welcome as it is printed."""
        return welcome


def _settle_address(options: dict[str, Any]) -> None:
    """Set one PUBLIC_URL for this process, its children and every other command with this VAR."""
    if not env.text("PUBLIC_URL"):
        served = f"http://{web_origin.in_url(options['host'])}:{options['port']}"
        settings.PUBLIC_URL = web_origin.normalise(served)
    services.keep_address(settings.VAR, settings.PUBLIC_URL)
    for name in ("PUBLIC_URL_FILE", "VAR_FILE"):
        os.environ.pop(name, None)
    os.environ.update(PUBLIC_URL=settings.PUBLIC_URL, VAR=str(settings.VAR))


def _shorten_cool_down() -> None:
    """Have rented numbers free again soon: who tries things out rents the few that there are again and again."""
    if not env.text("RENTAL_COOL_DOWN_MINUTES"):
        settings.RENTAL_COOL_DOWN = timedelta(minutes=1)
        os.environ["RENTAL_COOL_DOWN_MINUTES"] = "1"


def _list_servers(var: Path, web: int) -> list[Child]:
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
        for program in services.programs(var, connections_for(web))
    ]


def connections_for(web: int) -> int:
    """How many connections PostgreSQL must take for so many web processes, while one of them is being replaced."""
    return max(services.CONNECTIONS, (web + 1) * OF_A_WEB_PROCESS + OF_ALL_OTHERS)


def _list_processes(listener: socket.socket, options: dict[str, Any]) -> list[Child]:
    spare = options["spare"] and options["web"] == 1
    turn = settings.VAR / "turn" if spare else None
    children = web_children(listener, options["server"], options["web"], turn)
    children += [_make_worker(), _make_beat(settings.VAR / "beat-schedule")]
    if options["demo"]:
        argv = [sys.executable, str(Path(sys.argv[0]).resolve()), "simulate", "--rate", options["rate"]]
        run = partial(call_command, "simulate", rate=float(options["rate"]))
        children.append(Child("simulate", argv, run=run))
    if spare:
        # where processes are not forked, loading takes seconds: the one that does not serve is kept ready
        children.append(web_child("spare", listener, options["server"], turn))
    return children


def _make_worker() -> Child:
    argv = [*CELERY, "worker", "-c", "2", "--loglevel", "INFO", "--without-gossip"]

    def run() -> None:
        from tempsms.celery import app

        worker = app.Worker(concurrency=2, loglevel="INFO", without_gossip=True)
        worker.start()
        sys.exit(worker.exitcode)

    return Child("worker", argv, run=run)


def _make_beat(schedule: Path) -> Child:
    argv = [*CELERY, "beat", "--loglevel", "INFO", "-s", str(schedule), "--pidfile="]

    def run() -> None:
        from tempsms.celery import app

        app.Beat(schedule=str(schedule), loglevel="INFO").run()

    return Child("beat", argv, run=run)


def _check_answer(host: str, port: str) -> None:
    """Raise `DidNotStart` unless the web server answers a request with 200."""
    try:
        with socket.create_connection((host, port), timeout=20) as probe:
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if b" 200 " in probe.recv(64):
                return
    except OSError as error:
        raise DidNotStart(f"the web server does not answer: {error}") from error
    raise DidNotStart("the web server does not answer 200")
