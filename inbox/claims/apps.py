"""The app that holds claims."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """Claims of messages."""

    name = "inbox.claims"
    label = "claims"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Claims"
