"""Bird."""

from numbers.carriers.bird.webhooks import Bird

__all__ = ["Bird"]
