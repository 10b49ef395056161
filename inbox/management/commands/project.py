"""`manage.py project add NAME`, `list`, `show NAME`, `key NAME`, `callback NAME CARRIER URL`, `delete NAME`"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from inbox.sandbox import keys, projects, reach
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import LONGEST_URL
from inbox.sandbox.models import Project
from numbers.models.durations import RETENTION
from tempsms.lib.durations import BadDuration, parse
from tempsms.lib.vault import NO_KEY, Unreadable


def _parse_retention(text: str) -> timedelta:
    try:
        return RETENTION.check(parse(text))
    except BadDuration as error:
        raise ArgumentTypeError(str(error)) from None


def _parse_origin(text: str) -> str:
    try:
        return reach.check_origin(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _parse_callback(text: str) -> str:
    if text and not (text.startswith(("http://", "https://")) and len(text) <= LONGEST_URL):
        raise ArgumentTypeError(f"{text!r} is not an address like http://127.0.0.1:5000/sms")
    return text


class Command(BaseCommand):
    """Projects of the sandbox."""

    help = "Add, list, show and delete projects of the sandbox: each has credentials of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        add = commands.add_parser("add", help="make a project and print its credentials as JSON")
        add.add_argument("name", help="lower-case letters, digits and hyphens")
        add.add_argument(
            "--retention", type=_parse_retention, help='how long messages are kept, like "7 days"'
        )
        add.add_argument("--number", action="append", default=[], help="a number that it may send from")
        add.add_argument(
            "--origin",
            type=_parse_origin,
            action="append",
            default=[],
            help="where its callbacks may go, like https://app.example.org",
        )
        commands.add_parser("list", help="list all projects as JSON, one a line")
        show = commands.add_parser("show", help="print a project with its credentials as JSON")
        delete = commands.add_parser("delete", help="delete a project and its messages")
        key = commands.add_parser(
            "key", help="make a key that logs in like its Twilio account, and print it as JSON"
        )
        key.add_argument("--name", dest="friendly_name", default="", help="what it is for")
        callback = commands.add_parser(
            "callback", help="say where a carrier calls the program, if neither message nor API says so"
        )
        for one in (show, delete, key, callback):
            one.add_argument("name")
        callback.add_argument("carrier", choices=list(CARRIERS))
        callback.add_argument(
            "url", type=_parse_callback, help="like http://127.0.0.1:5000/sms; empty for nowhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        if options["subcommand"] == "list":
            projects.ensure_default()
            for project in Project.objects.all():
                self.stdout.write(json.dumps(_describe_project(project)))
        elif options["subcommand"] == "add":
            self._add_project(options)
        else:
            project = self._find_project(options["name"])
            if options["subcommand"] == "delete":
                messages = project.messages.count()
                project.delete()
                self.stdout.write(json.dumps({"deleted": project.name, "messages": messages}))
            elif options["subcommand"] == "key":
                self._make_key(project, options["friendly_name"])
            elif options["subcommand"] == "callback":
                projects.set_callback(project, options["carrier"], options["url"])
            else:
                self.stdout.write(json.dumps(_describe_project(project) | _describe_credentials(project)))

    def _add_project(self, options: dict[str, Any]) -> None:
        values = {"retention": options["retention"]} if options["retention"] else {}
        try:
            project = projects.make(
                options["name"], numbers=options["number"], origins=options["origin"], **values
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(json.dumps(_describe_project(project) | _describe_credentials(project)))

    def _make_key(self, project: Project, name: str) -> None:
        if len(name) > keys.LONGEST_NAME:
            raise CommandError(f"the name is longer than {keys.LONGEST_NAME} characters")
        try:
            key, secret = keys.make(project, "twilio", name)
        except keys.TooManyKeys:
            raise CommandError(f"{project} has {keys.MOST} keys, which is the most") from None
        made = {
            "carrier": "twilio",
            "key": key.ref,
            "secret": secret,
            "login": keys.login_of(project, "twilio"),
        }
        self.stdout.write(json.dumps(made))

    def _find_project(self, name: str) -> Project:
        if name == projects.DEFAULT:
            return projects.ensure_default()
        try:
            return Project.objects.get(name=name)
        except Project.DoesNotExist:
            raise CommandError(f"there is no project {name!r}") from None


def _describe_project(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "local": project.local,
        "retention_hours": project.retention.total_seconds() / 3600,
        "numbers": project.numbers,
        "origins": project.origins,
    }


def _describe_credentials(project: Project) -> dict[str, Any]:
    found = {}
    for one in projects.complete(project).credentials.order_by("carrier"):
        if isinstance(one.sealed, Unreadable):
            raise CommandError(f"{one}: {NO_KEY}")
        found[one.carrier] = {"login": one.login, **one.sealed}
    return {"credentials": found}
