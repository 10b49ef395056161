"""`tempsms sandbox receive --from NUMBER --to NUMBER --url ADDRESS [TEXT]`"""

import json
import mimetypes
from argparse import ArgumentParser, ArgumentTypeError
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from inbox.messages.matching import LONGEST_SENDER
from inbox.sandbox import callbacks, inbound, projects, services
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import LONGEST_URL
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.resource import as_resource, readable
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Media

ANSWERED_WITHIN = 20.0  # seconds
LOOK_EVERY = 0.1


def _parse_address(text: str) -> str:
    if not 0 < len(text) <= LONGEST_SENDER or not text.isprintable():
        raise ArgumentTypeError(f"{text!r} is not a number or a name")
    return text


def _parse_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(text) > LONGEST_URL:
        raise ArgumentTypeError(f"{text!r} is not an address (example: http://127.0.0.1:5000/sms)")
    return text


class Command(BaseCommand):
    """A message of a phone to a program."""

    help = "Send a message to your program as its carrier would, and print what it answered as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what the message is, and where it goes."""
        parser.add_argument("text", nargs="?", default="")
        parser.add_argument("--from", dest="sender", type=_parse_address, required=True, help="the phone")
        parser.add_argument("--to", type=_parse_address, required=True, help="your program's number")
        parser.add_argument(
            "--url",
            type=_parse_url,
            help="where your program takes messages; without it, where the number or its service says",
        )
        parser.add_argument("--carrier", choices=list(CARRIERS), default=next(iter(CARRIERS)))
        parser.add_argument(
            "--media", type=_parse_url, action="append", default=[], help="a file's address; repeatable"
        )
        parser.add_argument("--project", default=projects.DEFAULT)

    def handle(self, *args: Any, **options: Any) -> None:
        """Send it, and wait for the answer; fails if there was none, or an error."""
        project = projects.find_for("", options["project"])
        if project is None:
            raise CommandError(f"there is no project {options['project']!r}")
        if "\0" in options["text"]:
            raise CommandError("the text contains a NUL character")
        files = [Media(url, _guess_type(url)) for url in options["media"]]
        url = options["url"] or services.find_inbound_url(project, options["carrier"], options["to"])
        if not url:
            raise CommandError("--url is required: the number has no address of its own")
        ends = (options["sender"], options["to"], options["text"], url)
        try:
            message = inbound.send(project, options["carrier"], *ends, files)
        except Unsupported as error:
            raise CommandError(str(error)) from None
        calls = _wait_for_answers(message)
        self.stdout.write(json.dumps({"id": message.pk, "callbacks": calls}, indent=2, ensure_ascii=False))
        failed = [call for call in calls if not 200 <= call["status"] < 300]
        if failed:
            raise CommandError(failed[0]["note"] or f"your program answered {failed[0]['status']}")


def _wait_for_answers(message: CapturedMessage) -> list[dict[str, Any]]:
    """The calls to the program with its answers: made here, or by a worker that was quicker."""
    deadline = monotonic() + ANSWERED_WITHIN
    while message.changes.filter(settled_at=None).exists():
        if monotonic() > deadline:
            raise CommandError(f"there was no answer within {ANSWERED_WITHIN:g} seconds")
        if not callbacks.call_due(1.0):
            sleep(LOOK_EVERY)
    found: list[dict[str, Any]] = as_resource(readable(CapturedMessage.objects.filter(pk=message.pk)).get())[
        "callbacks"
    ]
    return found


def _guess_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
