"""What mitmproxy does with each request; it loads this file in a Python of its own, which knows nothing of ours.

Requests to a carrier's host go to the sandbox instead, below the path that the carrier has there. Other hosts are
passed through without looking at what is said, or refused. `tempsms_plan` is a file with JSON:
`{"sandbox": [host, port], "hosts": [[pattern, path], ...], "refuse": false}`.
"""

import json
import re
from pathlib import Path
from typing import Any

from mitmproxy import ctx, http

_REFUSED = "the sandbox's proxy refuses all hosts but those of carriers\n"


class Redirect:
    """Leads carriers' hosts into the sandbox."""

    def __init__(self) -> None:
        self.sandbox: tuple[str, int] = ("127.0.0.1", 8025)
        self.hosts: list[tuple[re.Pattern[str], str]] = []
        self.refuse = False

    def load(self, loader: Any) -> None:
        """Add our option."""
        loader.add_option(
            "tempsms_plan", str, "", "the file with the sandbox's address and the carriers' hosts"
        )

    def configure(self, updated: set[str]) -> None:
        """Read the plan."""
        if "tempsms_plan" in updated and ctx.options.tempsms_plan:
            plan = json.loads(Path(ctx.options.tempsms_plan).read_text())
            host, port = plan["sandbox"]
            self.sandbox, self.refuse = (host, port), plan["refuse"]
            self.hosts = [(re.compile(pattern), path) for pattern, path in plan["hosts"]]

    def find_path(self, host: str) -> str | None:
        """The path in the sandbox of a carrier's host; None for other hosts."""
        name = host.lower().rstrip(".")
        return next((path for pattern, path in self.hosts if pattern.fullmatch(name)), None)

    def tls_clienthello(self, data: Any) -> None:
        """Leave what is meant for others as it is: only they see it."""
        server = data.context.server.address
        host = data.client_hello.sni or (server[0] if server else "")
        data.ignore_connection = self.find_path(host) is None

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse other hosts, if that is wanted."""
        self._refuse_other(flow)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Send a request to a carrier on to the sandbox."""
        path = self.find_path(flow.request.pretty_host)
        if path is None:
            self._refuse_other(flow)
            return
        request = flow.request
        # the header as well: the sandbox answers to its own name only
        request.scheme, (request.host, request.port) = "http", self.sandbox
        request.path = path + request.path

    def _refuse_other(self, flow: http.HTTPFlow) -> None:
        if self.refuse and self.find_path(flow.request.pretty_host) is None:
            flow.response = http.Response.make(403, _REFUSED, {"content-type": "text/plain"})


addons = [Redirect()]
