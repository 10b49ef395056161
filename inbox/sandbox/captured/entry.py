"""What the sandbox has to know of a captured carrier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inbox.sandbox.played.answers import Instructions, ProgramAnswer, Reply, WrittenReply
from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from inbox.sandbox.problems.refusal import Refusal

Secrets = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """A login at a carrier, and its secrets by the names that accounts give them (`numbers.carriers`)."""

    name: str
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class CapturedCarrier:
    """A carrier whose API is captured; `name` is that of its adapter, and of its part of `/capture/`.

    `fixed` is the first project's login: everybody knows it, so it works from this machine only. `draw` makes those
    of other projects. `snippets` are programs that send a message, by language: `{address}`, `{login}` and the names
    of the secrets in braces are replaced; other braces are doubled.
    """

    name: str
    title: str
    fixed: Login
    draw: Callable[[], Login]
    snippets: Mapping[str, str]
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    """How sends are refused, by the carrier's code; every carrier also limits rates and is away."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why a message that was accepted did not arrive: codes in receipts and their meanings, the usual one first."""
    write_inbound: Callable[[PhoneMessage], WrittenInbound] | None = None
    """Writes a received message as the adapter reads it; raises `Unsupported` for files that are not passed on."""
    read_answer: Callable[[ProgramAnswer], Instructions] | None = None
    """Reads what a program's answer to a received message asks of the carrier; most read none."""
    write_reply: Callable[[Reply, str, str, str], WrittenReply] | None = None
    """Writes a reply from a sender to a recipient as the account with a login sends it."""
