"""Django's command line, with one-sentence error messages and exit codes other than 0."""

import os
import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from tempsms import startup

UNCHECKED = ("help", "version", "--help", "-h", "--version")
SERVING = ("up", "serve", "simulate")


def main(argv: Sequence[str]) -> None:
    """Run a command; raises `SystemExit`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")
    command = argv[1] if len(argv) > 1 else "help"
    if command not in UNCHECKED:
        startup.refuse_unsafe()
    try:
        _run_command(argv, command)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        known = _explain_error(error)
        if known is None or "--traceback" in argv:
            raise
        sys.exit(f"{command}: {known}")


def _run_command(argv: Sequence[str], command: str) -> None:
    from django.conf import settings
    from django.core.management import execute_from_command_line

    if command not in SERVING and command not in UNCHECKED:
        # a pool retries an absent server for five seconds; a single connection fails immediately
        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    if command == "up":
        # it loads the apps itself, after starting programs that take as long to load
        from tempsms.management.commands.up import Command

        Command().run_from_argv(list(argv))
    else:
        execute_from_command_line(list(argv))


def _explain_error(error: Exception) -> str | None:
    """What an operator can do about an error; None if only a programmer can do something."""
    import psycopg
    import redis
    from celery.exceptions import OperationalError as BrokerError
    from django.db import InterfaceError, OperationalError, ProgrammingError

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError):
        return _about_server("PostgreSQL", "DATABASE_URL", error)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError | BrokerError):
        return _about_server("Redis", "REDIS_URL", error)
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, psycopg.errors.UndefinedTable):
        return "the database lacks tables: run `manage.py migrate` first"
    return None


def _about_server(name: str, variable: str, error: Exception) -> str:
    from django.conf import settings

    reason = " ".join(str(error).split())[:300]
    if settings.DEPLOYED:
        return f"{name} cannot be used ({reason}): check {variable} and that the server is running"
    absent = any(words in reason for words in ("No such file", "refused", "couldn't get a connection"))
    return (
        f"{name} is not running for {settings.VAR}{'' if absent else f' ({reason})'}: start tempsms first"
        " (`make run` or `manage.py up`), or set VAR to the folder of the running instance"
    )
