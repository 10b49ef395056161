"""Numbered system checks of settings that are unsafe or cannot work in a deployment, each with its fix.

They check combinations: what is fine on one's own machine may be unsafe where others have access. Every process runs
them before it starts (tempsms.startup); `manage.py check` lists them all.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from tempsms.lib import web_origin

# ip_network("0.0.0.0/0").is_private is true: both its ends are
_PRIVATE = [
    ip_network(block)
    for block in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
]


@register()
def settings_are_safe(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001-E007, W001, W002: settings that are wrong, alone or in combination."""
    return [
        *_check_keys(),
        *_check_hosts(),
        *_check_address(),
        *_check_debug(),
        *_check_proxies(),
        *_check_sandbox(),
    ]


@register("staticfiles", deploy=True)
def static_files_are_collected(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W003: pages refer to static files by the names that `collectstatic` writes, and fail without them."""
    missing = missing_static_files()
    if not missing:
        return []
    what = f"{missing[0]} and {len(missing) - 1} others" if len(missing) > 1 else missing[0]
    return [
        Warning(
            f"Static files are not collected ({what}): every page would fail",
            hint="Run manage.py collectstatic before each start of the web process; `up` does it automatically",
            id="tempsms.W003",
        )
    ]


def missing_static_files() -> list[str]:
    """The static files that were not collected, sorted."""
    from django.contrib.staticfiles.storage import staticfiles_storage  # the first use reads the manifest

    known = getattr(staticfiles_storage, "hashed_files", None)
    if known is None:
        return []
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
    names = (str(p.relative_to(folder)) for folder in folders for p in folder.rglob("*") if p.is_file())
    return sorted(name for name in names if name not in known)


def exposed() -> bool:
    """Whether others have access: this is a deployment, or PUBLIC_URL is reachable from other machines."""
    return settings.DEPLOYED or not web_origin.is_loopback(settings.PUBLIC_URL)


def _check_keys() -> Iterator[CheckMessage]:
    if not settings.ENCRYPTION_KEYS or not all(map(_is_fernet_key, settings.ENCRYPTION_KEYS)):
        yield Error(
            "ENCRYPTION_KEYS must be Fernet keys, newest first",
            hint="Generate one: python -c 'from cryptography.fernet import Fernet as F;"
            " print(F.generate_key().decode())'",
            id="tempsms.E001",
        )
    if settings.DEPLOYED and len(settings.SECRET_KEY) < 32:
        yield Error(
            "SECRET_KEY is shorter than 32 characters",
            hint="Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="tempsms.E002",
        )


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _check_hosts() -> Iterator[CheckMessage]:
    wild = [host for host in settings.ALLOWED_HOSTS if host == "*" or "." not in host.removeprefix(".")]
    wild = [host for host in wild if host.startswith((".", "*"))]
    if exposed() and (wild or not settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS must name the hosts that this site answers to",
            hint="Set ALLOWED_HOSTS to the host of PUBLIC_URL",
            id="tempsms.E003",
        )


def _check_address() -> Iterator[CheckMessage]:
    try:
        web_origin.normalise(settings.PUBLIC_URL)
    except ValueError:
        yield Error(
            "PUBLIC_URL must be an address like https://sms.example.org",
            hint="Carriers sign the webhook addresses built from it, so it must be the address that they use",
            id="tempsms.E004",
        )
        return
    if settings.PUBLIC_URL.startswith("https://") or not exposed():
        return
    if web_origin.is_loopback(settings.PUBLIC_URL):
        return
    yield (Error if settings.DEPLOYED else Warning)(
        "PUBLIC_URL is not https: webhooks, logins and codes are sent unencrypted",
        hint="Put nginx with a certificate in front, and set PUBLIC_URL=https://...",
        id="tempsms.E005" if settings.DEPLOYED else "tempsms.W001",
    )


def _check_debug() -> Iterator[CheckMessage]:
    if settings.DEBUG and exposed():
        yield Error(
            "DEBUG shows the code and the settings to everybody",
            hint="Unset DEBUG: use it on your own machine only, without DATABASE_URL and with a local PUBLIC_URL",
            id="tempsms.E006",
        )


def _check_proxies() -> Iterator[CheckMessage]:
    if settings.PUBLIC_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        yield Warning(
            "PUBLIC_URL is https, so there is a proxy in front, but TRUSTED_PROXIES is 0: all visitors appear to be"
            " that proxy and share its limits",
            hint="Set TRUSTED_PROXIES=1 (or the number of proxies), and have each add X-Forwarded-For and -Proto",
            id="tempsms.W002",
        )


def _check_sandbox() -> Iterator[CheckMessage]:
    if not settings.SANDBOX_NETWORKS:
        return
    if exposed():
        yield Error(
            "SANDBOX_NETWORKS opens the project that everybody knows the logins of, where others have access",
            hint="Unset it, and make a project with logins of its own: manage.py project add NAME",
            id="tempsms.E007",
        )
    for network in settings.SANDBOX_NETWORKS:
        if not any(network.network_address in one and network.prefixlen >= one.prefixlen for one in _PRIVATE):
            yield Error(
                f"SANDBOX_NETWORKS has {network}, which is not a private network",
                hint="Name the network of your containers, like 172.16.0.0/12",
                id="tempsms.E007",
            )
