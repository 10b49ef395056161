"""The app that receives, keeps and shows messages."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The inbox: what happens to a message."""

    name = "inbox"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Inbox"

    def ready(self) -> None:
        """Listen to the pool, and have the translations ready."""
        from numbers.signals import lease_entered, link_revoked, rental_ended
        from tempsms.lib import catalogues

        catalogues.compile_stale(Path(__file__).parent / "locale")

        lease_entered.connect(_end_pages, dispatch_uid="end pages")
        rental_ended.connect(_end_private_pages, dispatch_uid="end private pages")
        link_revoked.connect(_end_pages_of_link, dispatch_uid="end pages of a link")


def _end_pages(sender: Any, lease: Any, **_: Any) -> None:
    """Close the open pages of a number that is no longer shown."""
    from inbox.live.notices import tell_retired

    if lease.state in lease.ENDED:
        tell_retired(lease.number.e164)


def _end_private_pages(sender: Any, rental: Any, **_: Any) -> None:
    """Close the open pages of a rental that is over."""
    from inbox.live.notices import tell_retired
    from inbox.messages.inboxes import topic

    tell_retired(topic(rental.number.e164, rental.pk))


def _end_pages_of_link(sender: Any, link: Any, **_: Any) -> None:
    """Close the pages that are open by a link which was revoked."""
    from inbox.live.notices import tell_revoked
    from inbox.messages.inboxes import topic

    tell_revoked(topic(link.rental.number.e164, link.rental_id), link.pk)
