"""Slow clients: `python -m tests.drills.slow_clients [SECONDS]`, or `make drill-slow-clients`.

slowhttptest's attacks with 200 connections each, on uvicorn and on daphne: heads that come line by line, bodies that
come byte by byte (to pages and to webhooks), and answers that are hardly read; once the server has closed all of the
connections, as many are opened again. Meanwhile a signed webhook and a page are asked for, again and again: each must
be answered as always.
"""

import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

import httpx

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from tests.carrier_side import TOKEN, form, sid, signed
from tests.processes import started
from tests.rig import Instance

NUMBER = "+15005550007"
PROGRAM = "slowhttptest"
CONNECTIONS = 200
SERVERS = ("uvicorn", "daphne")
WITHIN = 1.0  # seconds for a webhook or a page
PAUSE = 0.2
# their own options, and where they go
ATTACKS = {
    "slow headers": (["-H", "-i", "5"], "/"),
    "slow body": (["-B", "-i", "5", "-s", "8192"], "/admin/login/"),
    "slow webhook": (["-B", "-i", "5", "-s", "8192"], "/webhooks/twilio/{key}/"),
    "slow read": (["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"], "/numbers/15005550007/"),
}


@dataclass
class Outcome:
    """What others saw during an attack: the seconds that each answer took, and answers that were not 200."""

    attacks: int = 0  # times that 200 connections were opened
    webhooks: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def figures(self) -> str:
        """What is worth to be printed."""
        took = ((name, getattr(self, name)) for name in ("webhooks", "pages"))
        parts = [
            f"{len(found)} {name}: median {1000 * statistics.median(found):.0f} ms, longest {1000 * max(found):.0f} ms"
            for name, found in took
        ]
        return "; ".join([f"{self.attacks} times", *parts, f"not 200: {self.wrong or 'none'}"])

    def is_well(self) -> bool:
        """Whether everybody was answered in time."""
        return not self.wrong and max(*self.webhooks, *self.pages) < WITHIN


def run(server: str, seconds: int) -> dict[str, Outcome]:
    """Attack one server in every way, each for so many seconds."""
    # Budgets count by network, and the attacker is on ours
    with Instance(server=server, VISITOR_LIMITS="off") as instance:
        account = instance.account("twilio", "slow", NUMBER, auth_token=TOKEN)
        return {
            name: _attack(instance, account["webhook_url"], [*options, "-l", str(seconds)], path, seconds)
            for name, (options, path) in ATTACKS.items()
        }


def _attack(instance: Instance, webhook: str, options: list[str], path: str, seconds: int) -> Outcome:
    url = instance.url + path.format(key=webhook.rstrip("/").rpartition("/")[2])
    argv = [PROGRAM, *options, "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-p", "3", "-u", url]
    outcome, over = Outcome(), time.monotonic() + seconds
    with httpx.Client(timeout=30) as http:
        while time.monotonic() < over:
            with started(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as attacker:
                outcome.attacks += 1
                while attacker.poll() is None and time.monotonic() < over:
                    _ask_both(http, instance, webhook, outcome)
                    time.sleep(PAUSE)
    return outcome


def _ask_both(http: httpx.Client, instance: Instance, webhook: str, outcome: Outcome) -> None:
    request = signed(webhook, form(MessageSid=sid(), To=NUMBER))
    post = http.build_request("POST", request.url, content=request.body, headers=request.headers)
    outcome.webhooks.append(_ask(http, post, outcome))
    # one that nobody has asked for: others are answered from memory
    page = http.build_request("GET", f"{instance.url}/", params={"q": str(len(outcome.pages))})
    outcome.pages.append(_ask(http, page, outcome))


def _ask(http: httpx.Client, request: httpx.Request, outcome: Outcome) -> float:
    """Ask, note what is wrong, and return how long it took."""
    begun = time.monotonic()
    try:
        status = str(http.send(request).status_code)
    except httpx.TransportError as error:
        status = type(error).__name__
    if status != "200":
        outcome.wrong.append(f"{request.url.path}: {status}")
    return time.monotonic() - begun


def main() -> int:
    """Run it and print what came out."""
    if not shutil.which(PROGRAM):
        print(f"{PROGRAM} is not installed: apt install {PROGRAM}")
        return 2
    seconds, well = int(sys.argv[1]) if len(sys.argv) > 1 else 60, True
    for server in SERVERS:
        for name, outcome in run(server, seconds).items():
            print(f"{server}, {name}: {outcome.figures()}", flush=True)
            well = well and outcome.is_well()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
