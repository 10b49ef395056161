"""Bird."""

from numbers.carriers.bird.api import BirdApi as Api

__all__ = ["Api"]
