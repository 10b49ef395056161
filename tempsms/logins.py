"""Locks out visitors whose logins to the admin fail too often, and logs it.

django-axes counts failures in PostgreSQL. It never gets a real address, name or browser: the address is a daily keyed
hash of the visitor, written as an address in fd00::/8 because its column requires one; the name is a keyed hash too,
since people type passwords into the wrong field.
"""

import ipaddress
import logging
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.dispatch import receiver
from django.http import HttpRequest

from tempsms.lib import vault, visitor

logger = logging.getLogger(__name__)

A_NAME, ANY_NAME = 5, 20
"""How many failures of a visitor, with one name and with any, block logins."""


class Lockout(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts failures; `AXES_LOCKOUT_PARAMETERS` are name with address, and address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The failures that count towards `A_NAME`: those with any name for less."""
        by_name, by_address = (
            attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(by_name, by_address * A_NAME // ANY_NAME)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count a failure, without personal data."""
        if request is not None:
            request.axes_user_agent = request.axes_http_accept = ""
            request.GET, given = request.GET.__class__(), request.GET
            try:
                super().user_login_failed(sender, credentials, request, **kwargs)
            finally:
                request.GET = given


class LockoutBackend(AxesStandaloneBackend):  # type: ignore[misc]
    """Refuses locked-out visitors; a login without a request is one of our own programs."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Raise `PermissionDenied` for a locked-out visitor; otherwise return None for the next backend."""
        if request is not None:
            super().authenticate(request, username, password, **kwargs)


def address_of(request: HttpRequest) -> str:
    """A keyed hash of the visitor, as an IPv6 address."""
    digest = vault.keyed_hash("login", visitor.of_request(request))
    return str(ipaddress.IPv6Address(b"\xfd" + digest[:15]))


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """A keyed hash of the entered name."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return vault.keyed_hash("login name", str(typed)[:200]).hex()


@receiver(user_login_failed)
def log_failure(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Log a failure, without the entered name."""
    who = visitor.of_request(request)[:12] if request is not None else "nobody"
    logger.warning("a login failed (visitor %s)", who)


@receiver(user_locked_out)
def log_lockout(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Log a login that was refused without being checked."""
    logger.warning(
        "a login was refused after too many failures (visitor %s)", visitor.of_request(request)[:12]
    )
