"""The app that holds the API's keys."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API."""

    name = "inbox.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "API"
