"""Signals that notify other apps of changes in the pool."""

from django.dispatch import Signal

lease_entered = Signal()
"""Sent after the commit, with `lease`, when a lease has entered a state."""

rental_ended = Signal()
"""Sent after the commit, with `rental`, when it was ended early or cancelled."""

link_revoked = Signal()
"""Sent after the commit, with `link`, when a link to a rental's page was revoked."""
