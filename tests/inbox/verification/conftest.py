"""A carrier that sends, and what was sent through it."""

from tests.inbox.sending.conftest import account, api, fake, lease

__all__ = ["account", "api", "fake", "lease"]
