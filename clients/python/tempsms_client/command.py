"""`tempsms-client`: numbers and codes for shell scripts.

It ends with 0; 2 means wrong usage, 3 that a ceiling on costs or a limit was reached, 4 that the server refused or did
not answer, 5 that no code came in time.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence

from tempsms_client.clients import Client
from tempsms_client.errors import ApiError, BadAddress, NoCode, TempsmsError

USAGE, BUDGET, SERVER, TIMEOUT = 2, 3, 4, 5
_BUDGET_CODES = {"budget_exceeded", "too_many_claims", "too_many_numbers", "too_many_requests"}


def run() -> None:
    """Run the command of this process."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return its exit code."""
    given = _make_parser().parse_args(argv)
    if not given.url:
        print("set TEMPSMS_URL, or give --url", file=sys.stderr)
        return USAGE
    try:
        with Client(given.url, os.environ.get("TEMPSMS_KEY", "")) as client:
            command: Callable[[Client, argparse.Namespace], None] = given.command
            command(client, given)
    except NoCode as error:
        print(error, file=sys.stderr)
        return TIMEOUT
    except ApiError as error:
        print(f"{error.code or error.status}: {error}", file=sys.stderr)
        if error.status == 422:
            return USAGE
        return BUDGET if error.code in _BUDGET_CODES else SERVER
    except TempsmsError as error:
        print(error, file=sys.stderr)
        return USAGE if isinstance(error, BadAddress) else SERVER
    except BrokenPipeError:  # whoever read the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "tempsms-client", description="The key is read from TEMPSMS_KEY, so that no process list shows it."
    )
    parser.add_argument("--url", default=os.environ.get("TEMPSMS_URL", ""), help="the server; or TEMPSMS_URL")
    commands = parser.add_subparsers(required=True)
    numbers = commands.add_parser("numbers", help="list numbers, one a line as JSON")
    numbers.add_argument("--country", type=str.upper, default="")
    numbers.set_defaults(command=_list_numbers)
    rent = commands.add_parser("rent", help="rent a number and print it as JSON")
    rent.add_argument("--country", type=str.upper, help="two letters, like GB")
    rent.add_argument("--kind")
    rent.add_argument("--number")
    rent.add_argument("--purpose", required=True, help="what for, in a few words")
    rent.add_argument("--seconds", type=int, default=600, help="how long it is yours (default: %(default)s)")
    rent.add_argument(
        "--cool-down", type=int, help="seconds until it can be rented again (the server's: 14 days)"
    )
    rent.set_defaults(command=_rent_number)
    end = commands.add_parser("end", help="end a rental")
    end.add_argument("rental", type=int)
    end.set_defaults(command=_end_rental)
    wait = commands.add_parser("wait", help="wait for a code and print it, and nothing else")
    where = wait.add_mutually_exclusive_group(required=True)
    where.add_argument("--rental", type=int)
    where.add_argument("--number", help="a number that others use too; what comes from now on counts")
    wait.add_argument("--timeout", type=float, default=60, help="seconds")
    wait.add_argument("--from", dest="sender", default="", help="only from this sender")
    wait.add_argument("--match", default="", help="an RE2 pattern that the text must have")
    wait.set_defaults(command=_wait_for_code)
    return parser


def _list_numbers(client: Client, given: argparse.Namespace) -> None:
    for number in client.numbers(country=given.country):
        print(json.dumps(number.raw))


def _rent_number(client: Client, given: argparse.Namespace) -> None:
    rental = client.rent(
        purpose=given.purpose,
        seconds=given.seconds,
        country=given.country,
        kind=given.kind,
        number=given.number,
        cool_down=given.cool_down,
    )
    print(json.dumps(rental.raw))


def _end_rental(client: Client, given: argparse.Namespace) -> None:
    client.end(given.rental)


def _wait_for_code(client: Client, given: argparse.Namespace) -> None:
    filters = {"sender": given.sender, "match": given.match}
    if given.rental is None:
        with client.claimed(given.number, seconds=given.timeout, **filters) as claim:
            print(client.wait_for_code(claim, timeout=given.timeout).value)
    else:
        print(client.wait_for_code(given.rental, timeout=given.timeout, **filters).value)
