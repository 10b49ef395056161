"""Who may do what in the embedded PostgreSQL: `postgres` administers it, `tempsms`, an ordinary role, is ours.

The kernel says who is at the other end of a Unix socket, so neither has a password ("peer"): the user who runs
tempsms, and root. A cluster of an older version, where `tempsms` was the superuser and everybody was trusted, is
changed in place.
"""

import os
import pwd
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

ADMIN = "postgres"
ROLE = DATABASE = "tempsms"
_RENAMING = "tempsms_renaming"  # nobody can rename himself
_ACCESS = "local all all peer map=tempsms\n"
_OWNED = """
    SELECT format('ALTER %s %s OWNER TO tempsms', kind, name) FROM (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
               ELSE 'TABLE' END AS kind, oid::regclass::text AS name, oid AS object, 'pg_class'::regclass AS catalog
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
            AND relowner <> 'tempsms'::regrole
        UNION ALL
        SELECT 'ROUTINE', oid::regprocedure::text, oid, 'pg_proc'::regclass FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> 'tempsms'::regrole
        UNION ALL
        SELECT 'TYPE', oid::regtype::text, oid, 'pg_type'::regclass FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') AND typowner <> 'tempsms'::regrole
    ) AS ours
    WHERE NOT EXISTS (  -- an extension's, or a sequence that goes with its table
        SELECT FROM pg_depend WHERE classid = catalog AND objid = object
            AND (deptype = 'e' OR (kind = 'SEQUENCE' AND deptype IN ('a', 'i')))
    )
"""


def write_access_rules(data: Path, owner: str | None) -> list[str]:
    """Write down who may come in; the settings that make PostgreSQL read it."""
    users = dict.fromkeys([pwd.getpwuid(os.geteuid()).pw_name, "root"])
    lines = [f'tempsms "{user}" {role}\n' for user in users for role in (ADMIN, ROLE, _RENAMING)]
    for name, text in {"tempsms_hba.conf": _ACCESS, "tempsms_ident.conf": "".join(lines)}.items():
        draft = data / f"{name}.draft"
        draft.write_text(text)
        if owner:
            os.chown(draft, pwd.getpwnam(owner).pw_uid, -1)
        draft.replace(data / name)
    return [f"hba_file={data}/tempsms_hba.conf", f"ident_file={data}/tempsms_ident.conf"]


def address(sockets: Path, role: str, database: str = "postgres") -> str:
    """The conninfo of a role on a cluster."""
    return make_conninfo(host=str(sockets), user=role, dbname=database, connect_timeout=2)


def check_answers(sockets: Path) -> None:
    """Return when it answers; raises `psycopg.OperationalError`."""
    try:
        psycopg.connect(address(sockets, ADMIN)).close()
    except psycopg.OperationalError:
        psycopg.connect(address(sockets, ROLE)).close()  # one of an older version


def prepare(sockets: Path) -> None:
    """Make our role and database what they should be, whatever is there. Repeatable; a kill spoils nothing."""
    _rename_old_admin(sockets)
    with psycopg.connect(address(sockets, ADMIN), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(_RENAMING)))
        if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
            # CREATEDB for the databases of test runs
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            names = sql.Identifier(DATABASE), sql.Identifier(ROLE)
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    with psycopg.connect(address(sockets, ADMIN, DATABASE)) as admin:
        names = sql.Identifier(DATABASE), sql.Identifier(ROLE)
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))
        for (statement,) in admin.execute(_OWNED).fetchall():
            admin.execute(statement)


def _rename_old_admin(sockets: Path) -> None:
    """In clusters of older versions the first superuser, who can never be an ordinary role, has our role's name."""
    try:
        psycopg.connect(address(sockets, ADMIN)).close()
    except psycopg.OperationalError:
        with psycopg.connect(address(sockets, ROLE), autocommit=True) as old:
            if not old.execute("SELECT FROM pg_roles WHERE rolname = %s", [_RENAMING]).rowcount:
                old.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(_RENAMING)))
        with psycopg.connect(address(sockets, _RENAMING), autocommit=True) as other:
            names = sql.Identifier(ROLE), sql.Identifier(ADMIN)
            other.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(*names))
