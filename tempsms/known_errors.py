"""Errors for which an operator can do something, each explained in a sentence."""

from django.core.exceptions import ImproperlyConfigured


def explain(error: Exception) -> str | None:
    """What an operator can do about an error; None if only a programmer can do something."""
    import psycopg
    import redis
    from celery.exceptions import OperationalError as BrokerError
    from django.db import InterfaceError, OperationalError, ProgrammingError

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError):
        return _about_server("PostgreSQL", "DATABASE_URL", error)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError | BrokerError):
        return _about_server("Redis", "REDIS_URL", error)
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, psycopg.errors.UndefinedTable):
        return "the database lacks tables: run `manage.py migrate` first"
    return None


def _about_server(name: str, variable: str, error: Exception) -> str:
    from django.conf import settings

    reason = " ".join(str(error).split())[:300]
    if settings.DEPLOYED:
        return f"{name} cannot be used ({reason}): check {variable} and that the server is running"
    absent = any(words in reason for words in ("No such file", "refused", "couldn't get a connection"))
    return (
        f"{name} is not running for {settings.VAR}{'' if absent else f' ({reason})'}: start tempsms first"
        " (`make run` or `manage.py up`), or set VAR to the folder of the running instance"
    )
