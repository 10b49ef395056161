"""Numbered system checks: what is unsafe in a deployment, each with its fix."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def settings_are_safe(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001-E005: refuse what would be unsafe or could not work."""
    found = [*_keys(), *_address()]
    if settings.DEPLOYED and len(settings.SECRET_KEY) < 32:
        found.append(
            Error(
                "SECRET_KEY is shorter than 32 characters",
                hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
                id="tempsms.E002",
            )
        )
    if settings.DEPLOYED and (not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                "ALLOWED_HOSTS must name the hosts that this site answers to",
                hint="Set ALLOWED_HOSTS to the host of PUBLIC_URL",
                id="tempsms.E003",
            )
        )
    return found


def _keys() -> list[CheckMessage]:
    hint = (
        "Make one: python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"
    )
    if not settings.ENCRYPTION_KEYS:
        return [Error("ENCRYPTION_KEYS is empty", hint=hint, id="tempsms.E001")]
    try:
        for key in settings.ENCRYPTION_KEYS:
            Fernet(key)
    except ValueError:
        return [Error("ENCRYPTION_KEYS holds something that is no Fernet key", hint=hint, id="tempsms.E001")]
    return []


def _address() -> list[CheckMessage]:
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        return [
            Error(
                "PUBLIC_URL must be an address like https://sms.example.org",
                hint="Carriers sign the webhook addresses built from it: it must be what they see",
                id="tempsms.E004",
            )
        ]
    if settings.DEPLOYED and parts.scheme != "https":
        return [
            Warning(
                "PUBLIC_URL is not https: webhooks, logins and codes travel readable",
                hint="Put nginx with a certificate in front, and set PUBLIC_URL=https://...",
                id="tempsms.W001",
            )
        ]
    return []
