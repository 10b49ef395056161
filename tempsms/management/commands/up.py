"""`manage.py up`: everything in one command, as `make run` calls it."""

import contextlib
import os
import secrets
import signal
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from numbers import links
from numbers.tasks import fill_pool
from tempsms import embedded
from tempsms.lib import env, web_origin
from tempsms.management.commands.serve import SERVERS, listen
from tempsms.supervisor import AlreadyRunning, Child, DidNotStart, Supervisor


class Command(BaseCommand):
    """Start database, broker, web, worker and beat; stop them all on Ctrl-C."""

    help = "Run everything: embedded PostgreSQL and Valkey (unless configured), web, worker, beat."
    requires_system_checks: list[str] = []  # the database is not up yet; handle() runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, on which server, with or without demo data."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")
        parser.add_argument(
            "--no-spare",
            dest="spare",
            action="store_false",
            help="save the memory of a second web process that stands ready",
        )
        parser.add_argument("--demo", action="store_true", help="simulated carrier, pool and traffic")
        parser.add_argument("--rate", default="0.5", help="simulated messages a second")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start in order, print how to get in, watch until told to stop."""
        try:
            supervisor = Supervisor(settings.VAR)
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        try:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, supervisor.leave)
            self._run(supervisor, options)
        except (embedded.Unavailable, DidNotStart) as error:
            raise CommandError(str(error)) from None
        except SystemExit:
            with contextlib.suppress(OSError):  # a full disk may be behind it
                self.stdout.write("\nstopping")
        finally:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_IGN)  # once is enough
            supervisor.stop()

    def _run(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        listener = listen(options["host"], options["port"])
        _settle_address(options)
        for child in _servers(settings.VAR):
            supervisor.start(child)
        self._prepare(options)
        for child in _processes(listener, options):
            supervisor.start(child)
        fill_pool.delay()  # beat would do it, a little later
        self._welcome(options)
        supervisor.watch()

    def _prepare(self, options: dict[str, Any]) -> None:
        """Schema, partitions, static files, admin and demo data: all of it repeatable."""
        if embedded.database_url(settings.VAR) == settings.DATABASE_URL:
            embedded.create_database(settings.VAR)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("check", fail_level="ERROR", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("partitions")
        if options["demo"]:
            call_command("demo")
        connection.close()

    def _welcome(self, options: dict[str, Any]) -> None:
        name, password = _admin(settings.VAR)
        self.stdout.write(f"\ntempsms is running at {settings.PUBLIC_URL}/")
        self.stdout.write(f"  admin     {settings.PUBLIC_URL}/admin/")
        self.stdout.write(f"  login     {name} / {password}")
        if options["demo"] and (rental := settings.VAR / "secrets" / "DEMO_RENTAL").exists():
            self.stdout.write(f"  rental    {links.address(rental.read_text())}")
        self.stdout.write(f"  logs      {settings.VAR / 'log'}")
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()


def _settle_address(options: dict[str, Any]) -> None:
    """One address for us, our children and every other command on this VAR."""
    if not env.text("PUBLIC_URL"):
        served = f"http://{web_origin.in_url(options['host'])}:{options['port']}"
        settings.PUBLIC_URL = web_origin.normalise(served)
    embedded.keep_address(settings.VAR, settings.PUBLIC_URL)
    for name in ("PUBLIC_URL_FILE", "VAR_FILE"):
        os.environ.pop(name, None)
    os.environ.update(PUBLIC_URL=settings.PUBLIC_URL, VAR=str(settings.VAR))


def _servers(var: Path) -> list[Child]:
    if embedded.database_url(var) != settings.DATABASE_URL:
        return []
    stop_with = {"postgres": signal.SIGINT}  # "fast": sessions are ended, not waited for
    return [
        Child(
            program.name,
            program.argv,
            program.ready,
            stop_with=stop_with.get(program.name, signal.SIGTERM),
            needed=True,
        )
        for program in embedded.programs(var)
    ]


def _processes(listener: socket.socket, options: dict[str, Any]) -> list[Child]:
    manage = [sys.executable, str(Path(sys.argv[0]).resolve())]
    celery = [sys.executable, "-m", "celery", "-A", "tempsms.celery"]
    fd = listener.fileno()
    schedule = str(settings.VAR / "beat-schedule")
    serve = [*manage, "serve", "--fd", str(fd), "--server", options["server"]]
    serve += ["--turn", str(settings.VAR / "turn")]
    children = [
        Child("web", serve, lambda: _answers(options["host"], options["port"]), pass_fds=(fd,)),
        Child("worker", [*celery, "worker", "-c", "2", "--loglevel", "INFO", "--without-gossip"]),
        Child("beat", [*celery, "beat", "--loglevel", "INFO", "-s", schedule, "--pidfile="]),
    ]
    if options["demo"]:
        children.append(Child("simulate", [*manage, "simulate", "--rate", options["rate"]]))
    if options["spare"]:
        # loading takes seconds: whichever of the two does not serve stands ready to
        children.append(Child("spare", serve, pass_fds=(fd,)))
    return children


def _answers(host: str, port: str) -> None:
    with socket.create_connection((host, port), timeout=20) as probe:
        probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if b" 200 " not in probe.recv(64):
            raise ConnectionError("the web server does not answer 200")


def _admin(var: Path) -> tuple[str, str]:
    """The admin's name, and the password made at the first start; later, where it is or how to set another one."""
    users = get_user_model()
    name = "admin"
    path = var / "secrets" / "ADMIN_PASSWORD"
    with contextlib.suppress(users.DoesNotExist):
        user = users.objects.get_by_natural_key(name)
        if path.exists() and user.check_password(path.read_text()):
            return name, f"the password is in {path}"
        return name, "your password, or: manage.py changepassword admin"
    password = secrets.token_urlsafe(12)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(password)
    users.objects.create_superuser(name, password=password)
    return name, password
