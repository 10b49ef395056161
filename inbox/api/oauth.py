"""OAuth2 client credentials (RFC 6749 section 4.4) at `/o/token/`, by django-oauth-toolkit.

A client is another way to use an API key: it has the key's scopes, numbers, limit and end. Its secret is stored hashed,
and so are its tokens, which last for a quarter of an hour.
"""

import secrets
from typing import Any

from django.db.models.functions import Now
from oauth2_provider.models import AccessToken, Application
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from inbox.api.models import ApiKey
from inbox.api.scopes import MEANINGS


class KeyScopes(BaseScopes):  # type: ignore[misc]
    """The scopes of a client are those of its key; without any in the request, a token has all of them."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every scope, with its meaning."""
        return {scope.value: meaning for scope, meaning in MEANINGS.items()}

    def get_available_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """What a client may ask for; nothing once its key is revoked or has expired."""
        key = ApiKey.objects.valid().filter(application=application).first() if application else None
        return key.scopes if key else []

    def get_default_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """What a client gets that does not say what it wants."""
        return self.get_available_scopes(application)


class KeyValidator(OAuth2Validator):  # type: ignore[misc]
    """Knows clients by their keys: one whose key is revoked or has expired gets no token, not even one for nothing."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the client's secret is right and its key valid."""
        is_known = super().authenticate_client(request, *args, **kwargs)
        return bool(is_known and ApiKey.objects.valid().filter(application=request.client).exists())


def make_client(key: ApiKey) -> tuple[str, str]:
    """Make a key an OAuth client; return the client's id and secret, which cannot be recovered."""
    secret = secrets.token_urlsafe(32)
    application = Application.objects.create(
        name=key.name,
        client_secret=secret,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    key.application = application
    key.save(update_fields=["application"])
    return application.client_id, secret


def forget() -> int:
    """Delete the tokens that have expired; return how many."""
    deleted: int = AccessToken.objects.filter(expires__lt=Now()).delete()[0]
    return deleted
