"""A carrier without a phone network, for trying things out."""

from numbers.carriers.simulated.adapter import Simulated

__all__ = ["Simulated"]
