"""MessageBird."""

from numbers.carriers.messagebird.api import MessageBirdApi as Api

__all__ = ["Api"]
