"""Numbered system checks: what is unsafe or cannot work in a deployment, each with its fix.

They look at combinations: what is fine on one's own machine may be unsafe where strangers come. Every process runs
them before it starts (tempsms.startup); `manage.py check` lists them all.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from tempsms.lib import web_origin


@register()
def settings_are_safe(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001-E006, W001, W002: what is wrong with the settings, alone and together."""
    return [*_keys(), *_hosts(), *_address(), *_debug(), *_proxies()]


@register("staticfiles", deploy=True)
def static_files_are_collected(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W003: pages name their static files by what `collectstatic` wrote, and fail without it."""
    missing = missing_static_files()
    if not missing:
        return []
    what = f"{missing[0]} and {len(missing) - 1} others" if len(missing) > 1 else missing[0]
    return [
        Warning(
            f"Static files are not collected ({what}): every page would fail",
            hint="Run manage.py collectstatic before each start of the web process; `up` does it by itself",
            id="tempsms.W003",
        )
    ]


def missing_static_files() -> list[str]:
    """Our static files that pages could not name, in order."""
    from django.contrib.staticfiles.storage import staticfiles_storage  # its first use reads the manifest

    known = getattr(staticfiles_storage, "hashed_files", None)
    if known is None:
        return []
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
    names = (str(p.relative_to(folder)) for folder in folders for p in folder.rglob("*") if p.is_file())
    return sorted(name for name in names if name not in known)


def exposed() -> bool:
    """Whether strangers may come: a deployment, or an address that leads here from other machines."""
    return settings.DEPLOYED or not web_origin.is_loopback(settings.PUBLIC_URL)


def _keys() -> Iterator[CheckMessage]:
    if not settings.ENCRYPTION_KEYS or not all(map(_is_fernet_key, settings.ENCRYPTION_KEYS)):
        yield Error(
            "ENCRYPTION_KEYS must be Fernet keys, newest first",
            hint="Make one: python -c 'from cryptography.fernet import Fernet as F;"
            " print(F.generate_key().decode())'",
            id="tempsms.E001",
        )
    if settings.DEPLOYED and len(settings.SECRET_KEY) < 32:
        yield Error(
            "SECRET_KEY is shorter than 32 characters",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="tempsms.E002",
        )


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _hosts() -> Iterator[CheckMessage]:
    wild = [host for host in settings.ALLOWED_HOSTS if host == "*" or "." not in host.removeprefix(".")]
    wild = [host for host in wild if host.startswith((".", "*"))]
    if exposed() and (wild or not settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS must name the hosts that this site answers to",
            hint="Set ALLOWED_HOSTS to the host of PUBLIC_URL",
            id="tempsms.E003",
        )


def _address() -> Iterator[CheckMessage]:
    try:
        web_origin.normalise(settings.PUBLIC_URL)
    except ValueError:
        yield Error(
            "PUBLIC_URL must be an address like https://sms.example.org",
            hint="Carriers sign the webhook addresses built from it: it must be what they see",
            id="tempsms.E004",
        )
        return
    if settings.PUBLIC_URL.startswith("https://") or not exposed():
        return
    if web_origin.is_loopback(settings.PUBLIC_URL):
        return
    yield (Error if settings.DEPLOYED else Warning)(
        "PUBLIC_URL is not https: webhooks, logins and codes travel readable",
        hint="Put nginx with a certificate in front, and set PUBLIC_URL=https://...",
        id="tempsms.E005" if settings.DEPLOYED else "tempsms.W001",
    )


def _debug() -> Iterator[CheckMessage]:
    if settings.DEBUG and exposed():
        yield Error(
            "DEBUG shows strangers our code, settings and what they contain",
            hint="Unset DEBUG: it is for a machine of one's own, without DATABASE_URL and at a local PUBLIC_URL",
            id="tempsms.E006",
        )


def _proxies() -> Iterator[CheckMessage]:
    if settings.PUBLIC_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        yield Warning(
            "PUBLIC_URL is https, so a proxy is in front of us, but TRUSTED_PROXIES is 0: all visitors look like"
            " that proxy and share its limits",
            hint="Set TRUSTED_PROXIES=1 (or how many there are), and let each add X-Forwarded-For and -Proto",
            id="tempsms.W002",
        )
