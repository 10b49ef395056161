"""Django's command line, with one-sentence error messages and exit codes other than 0."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from platformdirs import user_data_path

from tempsms import known_errors, startup

UNCHECKED = ("help", "version", "--help", "-h", "--version")
SERVING = ("up", "sandbox", "serve", "simulate")


def run() -> None:
    """Run the command of this process; the `tempsms` of a wheel."""
    main(sys.argv)


def main(argv: Sequence[str]) -> None:
    """Run a command; raises `SystemExit`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")
    command = argv[1] if len(argv) > 1 else "help"
    if command == "sandbox" and not {"VAR", "VAR_FILE"} & os.environ.keys():
        # apart from the numbers of the same user
        os.environ["VAR"] = str(user_data_path("tempsms-sandbox"))
    if command == "sandbox" and argv[2:3] == ["receive"]:
        # a word of its own for people, and a command of its own for Django
        command = "sandbox_receive"
        argv = [argv[0], command, *argv[3:]]
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
        known = known_errors.explain(error)
        if known is None or "--traceback" in argv:
            raise
        sys.exit(f"{command}: {known}")


def _run_command(argv: Sequence[str], command: str) -> None:
    from django.conf import settings
    from django.core.management import execute_from_command_line

    if command not in SERVING and command not in UNCHECKED:
        # a pool retries an absent server for five seconds; a single connection fails immediately
        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    if command in ("up", "sandbox", "serve"):
        # nothing of what is loaded now is garbage, and looking for it takes a third of the time
        gc.disable()
        # they load the apps themselves: one starts other programs first, the other decides before who shares metrics
        import_module(f"tempsms.management.commands.{command}").Command().run_from_argv(list(argv))
    else:
        execute_from_command_line(list(argv))
