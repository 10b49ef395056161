"""MessageBird."""

from numbers.carriers.messagebird.webhooks import MessageBird

__all__ = ["MessageBird"]
