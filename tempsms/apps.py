"""The app that wires the others together."""

from django.apps import AppConfig


class TempsmsConfig(AppConfig):
    """Commands and system checks."""

    name = "tempsms"
    verbose_name = "tempsms"

    def ready(self) -> None:
        """Make our Celery app the one that tasks are sent with, register the checks, limit database sessions."""
        from django.db.backends.signals import connection_created

        from tempsms import celery, checks, logins  # noqa: F401
        from tempsms.lib.postgres import limit_session

        connection_created.connect(limit_session, dispatch_uid="limit sessions")
