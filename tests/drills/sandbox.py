"""The sandbox under load: `python -m tests.drills.sandbox [MESSAGES]`, or `make drill-sandbox`.

The carriers' official SDKs send messages in parallel to a running instance, each with a callback to a server on
loopback. At the end each message is kept once, under the id that its SDK was told; each of its callbacks came once, in
order, and the carrier's own validator accepts its signature.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from tests.drills.sandbox_sdks import CARRIERS, Sdk
from tests.forward_targets import Request, Targets
from tests.rig import Instance
from tests.waiting import until

AT_ONCE = 64
DONE_WITHIN = 300.0
_KEPT = "SELECT carrier, ref, state FROM sandbox_capturedmessage"
_OPEN = "SELECT count(*) FROM sandbox_statechange WHERE settled_at IS NULL"


@dataclass
class Outcome:
    """What the drill saw."""

    sent: dict[str, list[str]] = field(default_factory=dict)  # by carrier: the ids that its SDK was told
    kept: list[tuple[str, str, str]] = field(default_factory=list)  # carrier, id, state
    called: dict[str, list[Request]] = field(default_factory=dict)  # by path
    send_seconds: float = 0.0
    seconds: float = 0.0


def run(messages: int) -> Outcome:
    """Send so many messages, by all carriers in turn, and wait for what comes of them."""
    outcome = Outcome({name: [] for name in CARRIERS})
    with Instance(VISITOR_LIMITS="off", LOG_LEVEL="WARNING") as instance, Targets() as web:
        sdks = [(name, make(instance.url)) for name, make in CARRIERS.items()]
        began = time.monotonic()

        def send(n: int) -> None:
            name, sdk = sdks[n % len(sdks)]
            # appending is atomic
            outcome.sent[name].append(sdk.send(f"Your code is {n:06d}", web.url(f"/ok/{name}/{n}")))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(send, range(messages)))
        outcome.send_seconds = time.monotonic() - began
        until(lambda: instance.sql(_OPEN)[0][0] == 0, DONE_WITHIN)
        outcome.kept = [(name, ref, state) for name, ref, state in instance.sql(_KEPT)]
        for request in web.requests:
            outcome.called.setdefault(request.path, []).append(request)
        outcome.seconds = time.monotonic() - began
        check(outcome, dict(sdks), web.url)
    return outcome


def check(outcome: Outcome, sdks: dict[str, Sdk], url: Callable[[str], str]) -> None:
    """Fail unless nothing was lost, doubled or signed wrongly."""
    for name, refs in outcome.sent.items():
        kept = Counter(ref for carrier, ref, _ in outcome.kept if carrier == name)
        assert kept == Counter(refs), f"{name}: {len(refs)} sent, {sum(kept.values())} kept"
    assert {state for *_, state in outcome.kept} == {"delivered"}
    for path, requests in outcome.called.items():
        name = path.split("/")[2]
        told = [sdks[name].read(request, url(path)) for request in requests]
        assert told == sdks[name].told, f"{path}: {told}"
    assert len(outcome.called) == sum(map(len, outcome.sent.values()))


def main() -> None:
    """Run the drill and print what it saw."""
    outcome = run(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
    count = len(outcome.kept)
    print(f"sandbox.sent: {count} messages from {len(outcome.sent)} SDKs in {outcome.send_seconds:.1f} s")
    calls = sum(map(len, outcome.called.values()))
    print(
        f"sandbox.callbacks: {calls}, none lost, none doubled, all signatures accepted, {outcome.seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
