"""How a program reaches the sandbox: code to copy, for each carrier and language."""

from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.captured.entry import Login


def of_carrier(name: str, address: str, login: Login | None = None) -> dict[str, str]:
    """Programs that send a message by a carrier's API to the sandbox at an address, by language.

    With a project's login; without one, with the first project's.
    """
    carrier = CARRIERS[name]
    login = login or carrier.fixed
    values = {"address": address, "login": login.name, **login.secrets}
    return {language: code.format(**values).strip("\n") for language, code in carrier.snippets.items()}


def for_terminal(address: str) -> str:
    """All of them, and where their messages are shown, for whoever has just started the sandbox."""
    parts = [
        f"\n--- {carrier.title}, from {language} ---\n{code}\n"
        for name, carrier in CARRIERS.items()
        for language, code in of_carrier(name, address).items()
    ]
    return f"{''.join(parts)}\nwhat they send is shown at {address}/sandbox/\n"
