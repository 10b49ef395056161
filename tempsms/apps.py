"""The app that wires the others together."""

from django.apps import AppConfig


class TempsmsConfig(AppConfig):
    """Commands and system checks."""

    name = "tempsms"
    verbose_name = "tempsms"

    def ready(self) -> None:
        """Register the numbered checks."""
        from tempsms import checks  # noqa: F401
