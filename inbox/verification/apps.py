"""The app that sends and checks one-time codes."""

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    """Verifications."""

    name = "inbox.verification"
    label = "verification"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Verification"
