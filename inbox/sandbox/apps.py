"""The app that keeps captured messages."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox."""

    name = "inbox.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Sandbox"
