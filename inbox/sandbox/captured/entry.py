"""What the sandbox has to know of a captured carrier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
