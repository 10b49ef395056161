"""What other apps may want to know of the pool."""

from django.dispatch import Signal

lease_entered = Signal()
"""Sent after the commit, with `lease`, when a lease has entered a state."""
