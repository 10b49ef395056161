"""`redis://` addresses: checked once, and spelled for Celery so that it connects exactly as our own clients do."""

import ssl
from typing import Any
from urllib.parse import quote, urlencode

from django.core.exceptions import ImproperlyConfigured
from redis.connection import SSLConnection, parse_url

_LOOKS_LIKE = "redis://:password@host:6379/0 (rediss:// with TLS, unix:///path/to/socket)"
_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def check(url: str) -> dict[str, Any]:
    """What redis-py reads from the address; raises `ImproperlyConfigured` where it would connect to nothing."""
    try:
        parts: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        int(parts.get("db", 0))
        if not url.startswith("unix:") and not 0 < int(parts.get("port", 6379)) < 65536:
            raise ValueError("port")
        if parts.get("ssl_cert_reqs", "required") not in _VERIFY:
            raise ValueError("ssl_cert_reqs")
    except (ValueError, TypeError):
        raise ImproperlyConfigured(f"REDIS_URL must look like {_LOOKS_LIKE}") from None
    return parts


def for_celery(url: str) -> tuple[str, dict[str, Any] | None]:
    """The broker's address as kombu spells it, and its TLS options: None without TLS.

    By default, kombu accepts any certificate for rediss:// and sends the password to whichever server answers.
    """
    parts = check(url)
    login = ""
    if parts.get("username") or parts.get("password"):
        user, password = (quote(parts.get(name) or "", safe="") for name in ("username", "password"))
        login = f"{user}:{password}@"
    db = int(parts.get("db", 0))
    if "path" in parts:
        query = urlencode({"virtual_host": db}) if db else ""
        return f"redis+socket://{login}{quote(parts['path'])}{'?' + query if query else ''}", None
    host = parts.get("host", "localhost")
    address = f"{login}{f'[{host}]' if ':' in host else host}:{parts.get('port', 6379)}/{db}"
    if parts.get("connection_class") is not SSLConnection:
        return f"redis://{address}", None
    return f"rediss://{address}", _tls_options(parts)


def _tls_options(parts: dict[str, Any]) -> dict[str, Any]:
    """redis-py's own defaults, said aloud: verified, and for this host, unless the address says otherwise."""
    given = {name: value for name, value in parts.items() if name.startswith("ssl_")}
    verify = _VERIFY[given.pop("ssl_cert_reqs", "required")]
    return {"ssl_check_hostname": verify is not ssl.CERT_NONE, **given, "ssl_cert_reqs": verify}
