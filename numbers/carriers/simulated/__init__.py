"""A carrier without a phone network, for trying things out."""

from numbers.carriers.simulated.api import SimulatedApi as Api

__all__ = ["Api"]
