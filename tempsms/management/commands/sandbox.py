"""`tempsms sandbox`: `up` for a developer's own machine, with data and an address of its own and nothing to set up."""

from argparse import ArgumentParser

from django.conf import settings

from tempsms.management.commands import up


class Command(up.Command):
    """Start everything for a developer whose own software sends SMS."""

    help = "Run the sandbox on this machine, and print how to point carriers' SDKs at it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port; the first project's login is known to everybody, so nobody else can reach it."""
        parser.add_argument("--port", default="8025")
        parser.set_defaults(host="127.0.0.1", server="uvicorn", web=1, spare=False, demo=False)

    def complete(self, welcome: str) -> str:
        """The welcome, with settings to copy for each SDK."""
        from inbox.sandbox import snippets  # needs the apps

        return f"{snippets.for_terminal(settings.PUBLIC_URL)}{welcome}"
