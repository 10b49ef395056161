"""What other apps may want to know of the pool."""

from django.dispatch import Signal

lease_entered = Signal()
"""Sent after the commit, with `lease`, when a lease has entered a state."""

rental_ended = Signal()
"""Sent after the commit, with `rental`, when one was ended before its time or cancelled."""

link_revoked = Signal()
"""Sent after the commit, with `link`, when the link to a rental's page leads nowhere any more."""
