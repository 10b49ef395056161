"""`postgresql://` addresses as Django's parameters."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_DJANGO = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def parse(url: str, **options: Any) -> dict[str, Any]:
    """An entry of Django's DATABASES; what libpq knows beyond Django (sslmode, ...) joins the options."""
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host/name"
        ) from None
    database = {_DJANGO[name]: value for name, value in given.items() if name in _DJANGO}
    extras = {name: value for name, value in given.items() if name not in _DJANGO}
    return {"ENGINE": "django.db.backends.postgresql", **database, "OPTIONS": {**options, **extras}}
