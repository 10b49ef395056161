"""Texts through a real Kannel: `python -m tests.drills.kannel [TEXTS]`, or `make drill-kannel TEXTS=file`.

3,000 texts go into Kannel's own fake message centre, the long ones in parts whose order is mixed up, as fast as it
takes them. Each must be stored once, to the letter. TEXTS is a file of JSON lines with a "text" each; without it the
texts are made here, in many scripts.
"""

import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from tests.carriers.kannel import Kannel, missing
from tests.rig import Instance

TEXTS = 3000
NUMBER = "+447700900199"
TOKEN = "drill-token-0123456789"
SENDERS = 40
PIECE = 100  # characters of a part
MIXED = 30  # lines that may come in another order
STORED_WITHIN = 600.0
DUMP = """
import json
from inbox.messages import sealed_text as bodies
from inbox.models import Code, Message
sealed = dict(Code.objects.values_list("message_id", "sealed"))
found = []
for pk, body, cuts, flags in Message.objects.filter(account={}).values_list("pk", "body", "cuts", "flags"):
    found.append([bodies.join(body, cuts, sealed[pk]).text if cuts else body, flags])
print(json.dumps(found))
"""
_WORDS = (
    "See you at {n}",
    "Увидимся в {n}",
    "明天{n}点见",
    "נתראה ב-{n}",
    "🙂 {n} 👍",
    "Größe {n} & %2B+",
    "Ça va, {n}?",
)


@dataclass
class Outcome:
    """What the drill saw; `wrong` are texts with how often they are stored too much or too little."""

    texts: int = 0
    parts: int = 0
    sent_in: float = 0.0
    stored_in: float = 0.0
    wrong: list[tuple[str, int]] = ()  # type: ignore[assignment]


def own_texts(count: int) -> list[str]:
    """As many texts, of all lengths, no two alike."""
    return [" ".join([_WORDS[n % len(_WORDS)].format(n=n)] * (1 + n % 13)) for n in range(count)]


def read_texts(path: Path, count: int) -> list[str]:
    """The first texts of a file, each once."""
    lines = (json.loads(line)["text"] for line in path.read_text().splitlines())
    return list(dict.fromkeys(lines))[:count]


def lines_of(text: str, reference: int) -> Iterator[str]:
    """What the fake message centre is told: type and text, the long ones in parts."""
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]
    if "\n" in text or "\r" in text:  # a line ends there
        yield f"ucs2 {quote(text.encode('utf-16-be'), safe='')}"
    elif len(pieces) == 1:
        yield f"text {text}"
    else:
        for place, piece in enumerate(pieces, start=1):
            header = bytes([5, 0, 3, reference % 256, len(pieces), place])
            yield f"udh-text {quote(header, safe='')} {piece}"


def drive(instance: Instance, texts: list[str]) -> Outcome:
    """Send them all, wait for the last one, and compare."""
    account = instance.account("kannel", "drill", NUMBER, token=TOKEN, public=False)
    outcome = Outcome(len(texts))
    smsc = {"smsc": "fake", "host": "127.0.0.1", "connect-allow-ip": "127.0.0.1"}
    with (
        Kannel(account["webhook_url"], TOKEN, smsc) as kannel,
        socket.create_connection(("127.0.0.1", kannel.smsc_port)) as centre,
    ):
        lines = [
            f"+4477009{n % SENDERS:05} {NUMBER} {line}\n"
            for n, text in enumerate(texts)
            for line in lines_of(text, n // SENDERS)
        ]
        outcome.parts = len(lines)
        started = time.monotonic()
        centre.sendall("".join(_mix(lines)).encode())
        outcome.sent_in = time.monotonic() - started
        _wait(instance, account["id"], len(texts))
        outcome.stored_in = time.monotonic() - started
    found = Counter(
        text for text, _ in json.loads(instance.manage("shell", "-v0", "-c", DUMP.format(account["id"])))
    )
    found.subtract(Counter(texts))
    outcome.wrong = [(text, surplus) for text, surplus in found.items() if surplus]
    return outcome


def _mix(lines: list[str]) -> list[str]:
    """Each line a little earlier or later, always in the same way."""
    order = random.Random(7)
    return [line for _, line in sorted((n + order.uniform(0, MIXED), line) for n, line in enumerate(lines))]


def _wait(instance: Instance, account_id: int, count: int) -> None:
    """Until as many are stored, or no more come; what is missing is told by the comparison."""
    query = "SELECT count(*) FROM inbox_message WHERE account_id = %s"
    deadline = time.monotonic() + STORED_WITHIN
    seen, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        ((now,),) = instance.sql(query, account_id)
        if now != seen:
            seen, since = now, time.monotonic()
        if seen >= count or time.monotonic() - since > 60:
            return
        time.sleep(0.2)


def main(path: Path | None = None) -> int:
    """Run it and print what came out."""
    if why := missing():
        print(why)
        return 2
    with Instance() as instance:
        outcome = drive(instance, read_texts(path, TEXTS) if path else own_texts(TEXTS))
    print(f"texts: {outcome.texts}\nparts: {outcome.parts}\nstored in: {outcome.stored_in:.1f} s")
    print(f"wrong: {len(outcome.wrong)}")
    for text, surplus in outcome.wrong[:20]:
        print(f"  {surplus:+} {text!r}")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
