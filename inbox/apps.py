"""The app that receives, keeps and shows messages."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """What happens to a message."""

    name = "inbox"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Inbox"

    def ready(self) -> None:
        """Listen to the pool, and have the translations ready."""
        from numbers.signals import lease_entered
        from tempsms.lib import catalogues

        catalogues.compile_stale(Path(__file__).parent / "locale")

        lease_entered.connect(_end_pages, dispatch_uid="end pages")


def _end_pages(sender: Any, lease: Any, **_: Any) -> None:
    """Close the open pages of a number that is no longer shown."""
    from inbox.live.notices import tell_retired

    if lease.state in ("quarantined", "released"):
        tell_retired(lease.number.e164)
