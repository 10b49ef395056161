"""A web process beside a running instance, on its database, that finds the carriers' file servers on loopback.

Run as a module it serves: the far side's port and certificate, the listening socket's number, and the
hosts that the far side serves. All the rest is as in any other web process.
"""

import json
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
from anyio.from_thread import start_blocking_portal

from tempsms import ROOT, command_line
from tempsms.lib import outgoing_http
from tempsms.management.commands.serve import listen
from tests.carrier_side import TOKEN, form, sid, signed
from tests.far_side import PUBLIC, Connector, FarSide, serve_far_side
from tests.processes import started
from tests.rig import Instance, free_port

API, CDN = "api.twilio.com", "mms.twiliocdn.com"
FILE = f"https://{API}/2010-04-01/Accounts/AC{'0' * 32}/Messages/MM1/Media/ME1"
STARTS_WITHIN = 90.0
RENT = """
import json
from datetime import timedelta
from numbers import accounts, rentals; from numbers import rental_links as links
account = accounts.add("twilio", NUMBER, {"auth_token": TOKEN})
number = accounts.adopt(account, NUMBER).number
rental = rentals.start(number, rentals.Terms("Ada", timedelta(hours=1)))
print(json.dumps([account.webhook_url, links.make(rental)[1]]))
"""


@dataclass(frozen=True)
class FilesWeb:
    """The web process, its far side, and a rented number at Twilio with a link to its page."""

    instance: Instance
    far: FarSide
    url: str
    number: str
    webhook_url: str
    path: str

    def post(self, *files: tuple[str, str]) -> None:
        """A signed message with files, each an address and a type, to the instance itself."""
        fields = {"NumMedia": str(len(files)), "MessageSid": sid(), "To": self.number}
        for place, (address, kind) in enumerate(files):
            fields |= {f"MediaUrl{place}": address, f"MediaContentType{place}": kind}
        post = signed(self.webhook_url, form("Look", **fields))
        assert httpx.post(post.url, content=post.body, headers=post.headers, timeout=20).status_code == 200


@contextmanager
def files_web(instance: Instance, folder: Path, number: str) -> Iterator[FilesWeb]:
    """The process, when it has answered."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve_far_side(folder, API, CDN)) as far,
        listen("127.0.0.1", str(free_port())) as listener,
    ):
        argv = [sys.executable, "-m", "tests.files_web", str(far.port), str(far.certificate)]
        argv += [str(listener.fileno()), *far.hosts]
        options: dict[str, Any] = {"cwd": ROOT, "env": instance.env, "pass_fds": [listener.fileno()]}
        with started(argv, stop_with=signal.SIGKILL, **options):
            code = RENT.replace("TOKEN", repr(TOKEN)).replace("NUMBER", repr(number))
            webhook_url, link = json.loads(instance.manage("shell", "-v0", "-c", code))
            url, path = f"http://127.0.0.1:{listener.getsockname()[1]}", urlsplit(link).path
            httpx.get(url + path, timeout=STARTS_WITHIN).raise_for_status()
            yield FilesWeb(instance, far, url, number, webhook_url, path)


def main(port: str, certificate: str, listener: str, *hosts: str) -> None:
    """Serve until killed."""
    trusted = ssl.create_default_context(cafile=certificate)

    async def look_up(host: str, port: int) -> list[str]:
        if host not in hosts:
            raise OSError("no such host")
        return [PUBLIC]

    with patch.multiple(
        outgoing_http,
        look_up=look_up,
        trusted=lambda: trusted,
        connector=lambda: Connector(int(port), []),
    ):
        command_line.main([str(ROOT / "manage.py"), "serve", "--fd", listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
