"""`tempsms-client`: numbers, codes and the sandbox for shell scripts.

It ends with 0; 2 means wrong usage, 3 that a ceiling on costs or a limit was reached, 4 that the server refused or did
not answer, 5 that nothing came in time.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tempsms_client import actions
from tempsms_client.actions import Given, WrongUsage, printable
from tempsms_client.errors import ApiError, BadAddress, BadKey, CannotStart, NoMessage, TempsmsError

USAGE, BUDGET, SERVER, TIMEOUT = 2, 3, 4, 5
_BUDGET_CODES = {"budget_exceeded", "too_many_claims", "too_many_numbers", "too_many_requests"}
_DESCRIPTION = """Numbers and codes from a tempsms server (TEMPSMS_URL, or --url), and its sandbox (without either: the
one on this machine). The key is read from TEMPSMS_KEY, so that no process list shows it."""
_EXIT_CODES = (
    "exit codes: 0 found or done, 2 usage, 3 a ceiling or limit, 4 the server, 5 nothing came in time"
)
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def run() -> None:
    """Run the command of this process."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return its exit code."""
    given = make_parser().parse_args(argv, Given())
    action: Callable[[Given], None] = given.action
    try:
        action(given)
        sys.stdout.flush()
    except TempsmsError as error:
        print(_describe_error(error), file=sys.stderr)
        return _choose_status(error)
    except BrokenPipeError:  # whoever read the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    return 0


def _describe_error(error: TempsmsError) -> str:
    code = f"{error.code or error.status}: " if isinstance(error, ApiError) else ""
    return printable(f"{code}{error}")


def _choose_status(error: TempsmsError) -> int:
    if isinstance(error, NoMessage):
        return TIMEOUT
    if isinstance(error, WrongUsage | BadAddress | BadKey | CannotStart):
        return USAGE
    if isinstance(error, ApiError):
        if error.status == 422:
            return USAGE
        return BUDGET if error.code in _BUDGET_CODES else SERVER
    return SERVER


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser("tempsms-client", description=_DESCRIPTION, epilog=_EXIT_CODES)
    parser.add_argument("--url", default=os.environ.get("TEMPSMS_URL", ""), help="the server; or TEMPSMS_URL")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_numbers(commands)
    _add_rent(commands)
    _add_wait(commands)
    _add_tail(commands)
    _add_send(commands)
    _add_sandbox(commands)
    mcp = commands.add_parser(
        "mcp", help="serve assistants by the Model Context Protocol, over stdin and stdout"
    )
    mcp.set_defaults(action=actions.serve_assistants)
    return parser


def _add_numbers(commands: Commands) -> None:
    numbers = commands.add_parser("numbers", help="list numbers, one a line as JSON")
    numbers.add_argument("--country", type=str.upper, default="")
    numbers.add_argument("--available", action="store_true", help="only those that can be rented now")
    numbers.set_defaults(action=actions.list_numbers)
    lease = commands.add_parser("lease", help="order a number from a carrier, which costs money")
    lease.add_argument("--country", type=str.upper, required=True, help="two letters, like GB")
    lease.add_argument("--kind", default="local")
    lease.add_argument("--max-monthly-cost", required=True, help="like 1.50")
    lease.add_argument("--currency", default="USD")
    lease.set_defaults(action=actions.lease_number)
    retire = commands.add_parser("retire", help="take a number out of use")
    retire.add_argument("number")
    retire.set_defaults(action=actions.retire_number)


def _add_rent(commands: Commands) -> None:
    rent = commands.add_parser("rent", help="rent a number and print it as JSON")
    rent.add_argument("--country", type=str.upper, help="two letters, like GB")
    rent.add_argument("--kind")
    rent.add_argument("--number")
    rent.add_argument("--purpose", required=True, help="what for, in a few words")
    rent.add_argument("--seconds", type=int, default=600, help="how long it is yours (default: %(default)s)")
    rent.add_argument(
        "--cool-down", type=int, help="seconds until it can be rented again (the server's: 14 days)"
    )
    rent.set_defaults(action=actions.rent_number)
    end = commands.add_parser("end", help="end a rental")
    end.add_argument("rental", type=int)
    end.set_defaults(action=actions.end_rental)


def _add_wait(commands: Commands) -> None:
    wait = commands.add_parser("wait", help="wait for a code and print it, and nothing else")
    where = wait.add_mutually_exclusive_group(required=True)
    where.add_argument("--rental", type=int)
    where.add_argument("--number", help="a number that others use too; what comes from now on counts")
    where.add_argument(
        "--sandbox",
        metavar="NUMBER",
        help="what your program sent there, to the sandbox; the newest, or --after",
    )
    wait.add_argument("--timeout", type=float, default=60, help="seconds")
    wait.add_argument("--from", dest="sender", default="", help="only from this sender")
    wait.add_argument("--match", default="", help="an RE2 pattern that the text must have")
    wait.add_argument("--after", type=int, help="with --sandbox: only messages after this id")
    wait.add_argument("--project", default="", help="with --sandbox: its project")
    wait.set_defaults(action=actions.wait_for_code)


def _add_tail(commands: Commands) -> None:
    tail = commands.add_parser("tail", help="print messages as they come, until Ctrl-C or the rental's end")
    where = tail.add_mutually_exclusive_group(required=True)
    where.add_argument("--rental", type=int)
    where.add_argument("--number", help="a public number")
    where.add_argument("--sandbox", action="store_true", help="what programs send to the sandbox")
    tail.add_argument(
        "--json", action="store_true", help="everything of them, and each change of their states"
    )
    tail.add_argument(
        "--after", type=int, help="begin after the message with this id; 0 begins with the first"
    )
    tail.add_argument("--count", type=int, default=0, help="end after so many")
    tail.add_argument("--project", default="", help="with --sandbox: its project")
    tail.set_defaults(action=actions.print_messages)


def _add_send(commands: Commands) -> None:
    send = commands.add_parser(
        "send",
        help="send a message of a phone to your own program, from the sandbox",
        description="The sandbox sends a message to your program as its carrier would, signed; the message is"
        " printed as JSON with what the program answered. To real phones messages are sent with the API's"
        " POST /messages, which needs a key with the scope messages:send.",
    )
    send.add_argument("body")
    send.add_argument("--from", dest="sender", required=True, help="the phone, like +61491570157")
    send.add_argument("--to", required=True, help="your program's number")
    send.add_argument(
        "--to-url", required=True, help="where it takes messages, like http://127.0.0.1:5000/sms"
    )
    send.add_argument("--carrier", default="twilio")
    send.add_argument("--project", default="", help="the sandbox's project")
    send.add_argument("--timeout", type=float, default=10, help="seconds for the program to answer")
    send.set_defaults(action=actions.send_inbound)


def _add_sandbox(commands: Commands) -> None:
    sandbox = commands.add_parser("sandbox", help="start the sandbox; list or delete what it captured")
    inside = sandbox.add_subparsers(required=True, metavar="COMMAND")
    start = inside.add_parser("start", help="run `tempsms sandbox`, which must be installed")
    start.add_argument("--port", type=int, default=8025)
    start.set_defaults(action=actions.start_sandbox)
    listing = inside.add_parser("list", help="list messages, the newest first, one a line as JSON")
    listing.add_argument("--to", default="")
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(action=actions.list_captured)
    clear = inside.add_parser("clear", help="delete messages and say how many")
    clear.add_argument("--to", default="", help="only those to this number")
    clear.set_defaults(action=actions.clear_sandbox)
    for one in (listing, clear):
        one.add_argument("--project", default="")
