"""What the commands do: each prints what it found, and raises `TempsmsError` where that is nothing."""

import argparse
import json
import os
import time
from collections.abc import Iterable
from contextlib import closing

from tempsms_client.clients import Client
from tempsms_client.errors import NoMessage, TempsmsError
from tempsms_client.processes import find_command
from tempsms_client.sandboxes import DEFAULT_URL, Sandbox
from tempsms_client.shapes import Captured, Message


class WrongUsage(TempsmsError):
    """The command line lacks something, or has what does not go together."""


class Given(argparse.Namespace):
    """What was given on the command line."""

    url: str

    def connect(self) -> Client:
        """A client of the server; raises `WrongUsage` without its address."""
        if not self.url:
            raise WrongUsage("set TEMPSMS_URL, or give --url")
        return Client(self.url, os.environ.get("TEMPSMS_KEY", ""))

    def connect_sandbox(self) -> Sandbox:
        """A client of the sandbox: the one on this machine, if no address is given."""
        return Sandbox(self.url or DEFAULT_URL, os.environ.get("TEMPSMS_KEY", ""), project=self.project)


def printable(text: str) -> str:
    """A text in one line, in which nothing commands a terminal: an SMS may have any character."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def list_numbers(given: Given) -> None:
    """Print numbers."""
    filters = {"available": "true"} if given.available else {}
    with given.connect() as client:
        for number in client.numbers(country=given.country, **filters):
            print(json.dumps(number.raw))


def lease_number(given: Given) -> None:
    """Order a number and print it."""
    with given.connect() as client:
        number = client.lease(
            country=given.country,
            kind=given.kind,
            max_monthly_cost=given.max_monthly_cost,
            currency=given.currency,
        )
        print(json.dumps(number.raw))


def retire_number(given: Given) -> None:
    """Take a number out of use."""
    with given.connect() as client:
        client.retire(given.number)


def rent_number(given: Given) -> None:
    """Rent a number and print the rental."""
    with given.connect() as client:
        rental = client.rent(
            purpose=given.purpose,
            seconds=given.seconds,
            country=given.country,
            kind=given.kind,
            number=given.number,
            cool_down=given.cool_down,
        )
        print(json.dumps(rental.raw))


def end_rental(given: Given) -> None:
    """End a rental."""
    with given.connect() as client:
        client.end(given.rental)


def wait_for_code(given: Given) -> None:
    """Print the code that comes."""
    filters = {"sender": given.sender, "match": given.match}
    if given.sandbox is not None:
        with given.connect_sandbox() as sandbox:
            wanted = {**filters, "after": given.after, "timeout": given.timeout}
            print(sandbox.wait_for_code(to=given.sandbox, **wanted).value)
        return
    if given.after is not None or given.project:
        raise WrongUsage("--after and --project go with --sandbox")
    with given.connect() as client:
        if given.rental is None:
            with client.claimed(given.number, seconds=given.timeout, **filters) as claim:
                print(client.wait_for_code(claim, timeout=given.timeout).value)
        else:
            print(client.wait_for_code(given.rental, timeout=given.timeout, **filters).value)


def print_messages(given: Given) -> None:
    """Print messages as they come: each once, or with all changes as JSON."""
    if given.sandbox:
        if given.after is not None:
            raise WrongUsage("--after goes with --rental and --number")
        with given.connect_sandbox() as sandbox, closing(sandbox.follow()) as messages:
            _print_lines(messages, given.json, given.count)
        return
    if given.project:
        raise WrongUsage("--project goes with --sandbox")
    with given.connect() as client:
        inbox = given.number if given.rental is None else given.rental
        with closing(client.follow(inbox, after=given.after)) as messages:
            _print_lines(messages, given.json, given.count)


def _print_lines(messages: Iterable[Message], as_json: bool, most: int) -> None:
    shown: set[int] = set()
    for message in messages:
        if as_json:
            print(json.dumps(message.raw), flush=True)
        elif message.id not in shown:
            print(_describe_message(message), flush=True)
        shown.add(message.id)
        if most and len(shown) >= most:
            return


def _describe_message(message: Message) -> str:
    to = message.recipient if isinstance(message, Captured) else message.number
    at = message.received_at.astimezone().strftime("%H:%M:%S")
    return printable(f"{at} {message.sender} > {to}  {message.body}")


def send_inbound(given: Given) -> None:
    """Send a message to a program; print it when the program has answered, and raise `NoAnswerYet` if it did not."""
    with given.connect_sandbox() as sandbox:
        sent = sandbox.send_inbound(
            given.body, sender=given.sender, to=given.to, url=given.to_url, carrier=given.carrier
        )
        until = time.monotonic() + given.timeout
        while not _is_answered(sent):
            if time.monotonic() > until:
                raise NotCalled(given.timeout, [])
            time.sleep(0.2)
            sent = sandbox.message(sent.id)
        print(json.dumps(sent.raw))


class NotCalled(NoMessage):
    """The program did not answer in time."""

    what = "answer of the program"


def _is_answered(message: Captured) -> bool:
    return all(callback["at"] for callback in message.raw["callbacks"])


def start_sandbox(given: Given) -> None:
    """Become `tempsms sandbox`."""
    command = find_command()
    os.execv(command, [command, "sandbox", "--port", str(given.port)])


def list_captured(given: Given) -> None:
    """Print what was captured."""
    with given.connect_sandbox() as sandbox:
        for message in sandbox.messages(to=given.to, limit=given.limit):
            print(json.dumps(message.raw))


def clear_sandbox(given: Given) -> None:
    """Delete what was captured."""
    with given.connect_sandbox() as sandbox:
        print(sandbox.clear(to=given.to))


def serve_assistants(given: Given) -> None:
    """Serve assistants until they have gone."""
    try:
        from tempsms_client import mcp_server  # an extra has what it needs
    except ImportError as error:
        raise WrongUsage(f"{error}: install tempsms-client[mcp]") from error
    mcp_server.serve(given.url)
