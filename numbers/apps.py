"""The app that leases numbers."""

from django.apps import AppConfig


class NumbersConfig(AppConfig):
    """What we lease, from whom, at what cost."""

    name = "numbers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Numbers"
