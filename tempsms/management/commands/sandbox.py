"""`tempsms sandbox`: `up` for a developer's own machine, with data and an address of its own and nothing to set up."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from tempsms.embedded.child import Child
from tempsms.lib import env, web_origin
from tempsms.management.commands import up
from tempsms.proxy import hosts, running


class Command(up.Command):
    """Start everything for a developer whose own software sends SMS."""

    help = "Run the sandbox on this machine, and print how to point carriers' SDKs at it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port, and the proxy; the first project's login is known to everybody, so nobody else can use it."""
        parser.add_argument("--port", default="8025")
        parser.add_argument(
            "--proxy",
            action="store_true",
            help="lead calls to carriers' hosts here, for programs whose address cannot be changed; needs mitmproxy",
        )
        parser.add_argument("--proxy-port", type=int, default=8026)
        parser.add_argument(
            "--proxy-others",
            choices=("pass", "refuse"),
            default="pass",
            help="what the proxy does with other hosts",
        )
        parser.add_argument(
            "--mitmdump", default="mitmdump", help="mitmproxy's program, if it is not on PATH"
        )
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="where to listen, like 0.0.0.0 in a container; who may use the first project is decided by"
            " SANDBOX_NETWORKS, and is this machine otherwise",
        )
        parser.set_defaults(server="uvicorn", web=1, spare=False, demo=False)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve at an address of this machine: where it listens may be no address at all, like 0.0.0.0."""
        if not env.text("PUBLIC_URL") and not web_origin.is_loopback(f"http://{options['host']}"):
            settings.PUBLIC_URL = os.environ["PUBLIC_URL"] = f"http://localhost:{options['port']}"
        super().handle(*args, **options)

    def list_more(self, options: dict[str, Any]) -> list[Child]:
        """The proxy, if it is wanted."""
        if not options["proxy"]:
            return []
        from inbox.capture.door import CARRIERS  # needs the apps

        child = running.make_child(
            settings.VAR,
            options["proxy_port"],
            (options["host"], int(options["port"])),
            hosts.list_paths(CARRIERS),
            refuse=options["proxy_others"] == "refuse",
            program=options["mitmdump"],
        )
        return [child]

    def complete(self, welcome: str, options: dict[str, Any]) -> str:
        """The welcome, with settings to copy for each SDK."""
        from inbox.sandbox import snippets  # needs the apps

        proxy = running.describe(settings.VAR, options["proxy_port"]) if options["proxy"] else ""
        return f"{snippets.for_terminal(settings.PUBLIC_URL)}{proxy}{welcome}"
