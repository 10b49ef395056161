"""The test database emptied after a test that commits: by DELETE.

Django truncates every table, which makes new files for each of them and their indexes, and then makes all content types
and permissions again: some 0.3 s a test, for a few rows in a few tables. Sequences go on in both ways.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

# made by migrations, for which Django has them made again after it has emptied everything
_KEPT = ["django_migrations", "django_content_type", "auth_permission"]
_TABLES = """
SELECT format('%%I', relname) FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s)
"""


def use_delete() -> None:
    """Have tests that commit leave the database by `empty_database`."""
    TransactionTestCase._fixture_teardown = lambda case: empty_database()  # type: ignore[attr-defined]


def empty_database() -> None:
    """Delete all rows but those that migrations made."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [_KEPT])
        tables = [name for (name,) in cursor.fetchall()]
    with transaction.atomic(), connection.cursor() as cursor:
        # foreign keys are deferred: the order of tables does not matter
        cursor.execute("; ".join(f"DELETE FROM {name}" for name in tables))
