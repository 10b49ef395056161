"""The app that wires the others together."""

from django.apps import AppConfig


class TempsmsConfig(AppConfig):
    """Commands and system checks."""

    name = "tempsms"
    verbose_name = "tempsms"

    def ready(self) -> None:
        """Make our Celery app the one that tasks are sent with, and register the numbered checks."""
        from tempsms import celery, checks  # noqa: F401
