"""A DATABASE_URL that leads through Debian's PgBouncer, in transaction mode: everything works as without it."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from inbox import outbox
from inbox.ingest import multipart
from inbox.models import Message
from numbers.models import Account
from tempsms.asgi import PARTS, application
from tempsms.embedded import cluster, services
from tempsms.lib import postgres
from tests.carrier_side import TOKEN, form, sid, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.processes import started
from tests.rig import free_port

PGBOUNCER = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")

INBOX = "/numbers/15005550006/"

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer here: apt-get install pgbouncer")

CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
{more}
"""


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A Twilio account with +15005550006, public."""
    account = make_account(carrier="twilio", secrets={"auth_token": TOKEN})
    make_lease(account=account)
    return account


@pytest.fixture(params=["", "ignore_startup_parameters = options"], ids=["as it ships", "options ignored"])
def pooled(request: pytest.FixtureRequest, account: Account, sql: Sql, settings: Any) -> Iterator[None]:
    """The settings' database, reached through a PgBouncer of a few server connections."""
    direct = conninfo_to_dict(postgres.conninfo())
    server = " ".join(
        f"{name}={direct[name]}" for name in ("host", "port", "user", "password") if name in direct
    )
    owner = pwd.getpwuid(os.stat(str(direct["host"])).st_uid)  # whom the server's folder is open to
    for parent in Path(str(direct["host"])).parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o711)  # PostgreSQL's user passes by; this folder is thrown away
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tempsms-") as folder:
        Path(folder).chmod(0o755)
        ini = Path(folder) / "pgbouncer.ini"
        ini.write_text(CONFIGURATION.format(server=server, port=port, more=request.param))
        become: dict[str, Any] = (
            {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        log = (Path(folder) / "log").open("wb")
        with log, started([str(PGBOUNCER), str(ini)], stdout=log, stderr=log, **become) as bouncer:
            try:
                _let_in(owner.pw_name)
                _wait_for(port, bouncer, Path(folder) / "log")
                with pytest.MonkeyPatch.context() as patch:
                    patch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
                    patch.setitem(settings.DATABASES["default"], "PORT", str(port))
                    yield
            finally:
                connections.close_all()


def _let_in(user: str) -> None:
    """Have the embedded PostgreSQL take the pooler's user for our role."""
    with (Path(os.environ["VAR"]) / "postgres/tempsms_ident.conf").open("a") as rules:
        rules.write(f'tempsms "{user}" {cluster.ROLE}\n')
    sockets = services.run_folder(Path(os.environ["VAR"])) / "pg"
    with psycopg.connect(cluster.address(sockets, cluster.ADMIN), autocommit=True) as administrator:
        administrator.execute("SELECT pg_reload_conf()")


def _wait_for(port: int, bouncer: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            address = conninfo_to_dict(postgres.conninfo())
            psycopg.connect(**{**address, "host": "127.0.0.1", "port": port}).close()  # type: ignore[arg-type]
            return
        except (OSError, psycopg.OperationalError):
            assert bouncer.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def test_messages_are_stored_shown_and_worked_on(account: Account, sql: Sql, pooled: None) -> None:
    refs = [sid() for _ in range(120)]

    async def visit() -> None:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as site:
            for n in range(0, len(refs), 40):
                posts = [signed(account.webhook_url, form(MessageSid=ref)) for ref in refs[n : n + 40]]
                asked = [site.post(post.url, content=post.body, headers=post.headers) for post in posts]
                asked += [site.get(path) for path in ("/", INBOX, f"{INBOX}poll/", f"{INBOX}?q=code") * 5]
                assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
            ready = await site.get("/readyz")
            assert (ready.status_code, ready.json()["database"]) == (200, "ok")
        for part in PARTS:
            await part.close()

    asyncio.run(visit())
    assert sorted(ref for (ref,) in sql("SELECT carrier_ref FROM inbox_message")) == sorted(refs)
    connections.close_all()  # from here on through the pooler too
    assert outbox.relay() > 0
    assert multipart.join_due() == 0
    call_command("partitions")
    call_command("migrate", check_unapplied=True)
    assert len(list(Message.objects.iterator(chunk_size=10))) == len(refs)
    connections.close_all()
    limits = sql("SELECT DISTINCT setting FROM pg_settings WHERE name = 'statement_timeout'")
    assert limits == [("0",)], "a shared session keeps nobody's limits"
