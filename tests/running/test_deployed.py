"""A deployment on real servers, with exactly the variables that the checks ask for: every process starts and works."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import redis

from tempsms import ROOT
from tempsms.embedded import postgres, services
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor
from tests.carrier_side import TOKEN, form, signed
from tests.deployment import CELERY, MANAGE, PROCESSES, SAFE
from tests.processes import started
from tests.rig import Instance, free_port
from tests.servers import Servers
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("deployed")

NUMBER = "+15005550006"
HOST = "sms.example.org"
PASSWORD = "p@ss/word 1"  # an address must quote it
QUOTED = "p%40ss%2Fword%201"
PREPARE = """
from django.core.management import call_command
from numbers import accounts
call_command("migrate", verbosity=0)
call_command("partitions")
call_command("collectstatic", verbosity=0, interactive=False)
account = accounts.add("twilio", "main", {"auth_token": TOKEN})
accounts.adopt(account, "+15005550006", public=True)
print(account.webhook_url)
"""


@pytest.fixture(scope="module")
def deployed() -> Iterator[tuple[dict[str, str], str]]:
    """The environment of a deployment and its webhook address.

    On Debian's PostgreSQL and Redis where they are installed, else on ours by address.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tempsms-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        addresses = (debian if _debian() else embedded_ones)(folder, stack)
        env = {
            **addresses,
            "SECRET_KEY": SAFE["SECRET_KEY"],
            "ENCRYPTION_KEYS": SAFE["ENCRYPTION_KEYS"],
            "PUBLIC_URL": f"https://{HOST}",
            "ALLOWED_HOSTS": HOST,
            "VAR": str(folder / "var"),
            "PATH": os.environ["PATH"],
        }
        code = PREPARE.replace("TOKEN", repr(TOKEN))  # by one process: each takes seconds to start
        argv = [*MANAGE, "shell", "-v0", "-c", code]
        done = subprocess.run(argv, env=env, cwd=ROOT, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        yield env, done.stdout.split()[-1]


def _debian() -> Path | None:
    """The folder of Debian's PostgreSQL, where it and Redis are installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found and shutil.which("redis-server") else None


def debian(folder: Path, stack: ExitStack) -> dict[str, str]:
    """Both on TCP ports, with passwords."""
    programs = _debian() or folder
    supervisor = Supervisor(folder / "servers")
    stack.callback(supervisor.stop)
    data, password = folder / "postgres", folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    user = "nobody" if os.geteuid() == 0 else None
    postgres.make_private_folder(data, user)
    auth = ["-U", "admin", "-A", "scram-sha-256", f"--pwfile={password}"]
    subprocess.run(
        postgres.as_user([str(programs / "initdb"), "-D", str(data), *auth], user, data),
        check=True,
        capture_output=True,
    )
    port = free_port()
    at = f"{QUOTED}@127.0.0.1:{port}"
    argv = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    admin = f"postgresql://admin:{at}/postgres"
    supervisor.start(
        Child("postgres", postgres.as_user(argv, user, data), lambda: psycopg.connect(admin).close())
    )
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("CREATE DATABASE app OWNER app")
    broker = free_port()
    argv = ["redis-server", "--port", str(broker), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
    url = f"redis://:{QUOTED}@127.0.0.1:{broker}/1"
    supervisor.start(Child("redis", [*argv, "--dir", str(folder), "--save", ""], lambda: ping(url)))
    return {"DATABASE_URL": f"postgresql://app:{at}/app", "REDIS_URL": url}


def embedded_ones(folder: Path, stack: ExitStack) -> dict[str, str]:
    """The wheels' servers, of another VAR."""
    stack.enter_context(Servers(folder / "servers"))
    return {
        "DATABASE_URL": services.database_url(folder / "servers"),
        "REDIS_URL": services.redis_url(folder / "servers"),
    }


def ping(url: str) -> None:
    """Return when a Redis answers."""
    with redis.Redis.from_url(url) as client:
        client.ping()


def is_ready(port: int) -> bool:
    """Whether readiness says so to a balancer, which asks by address."""
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
    return False


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_web_worker_and_beat_work_together(
    deployed: tuple[dict[str, str], str], server: str, tmp_path: Path
) -> None:
    env, url = deployed
    port = free_port()
    web = [str(port) if word == "1" else word for word in PROCESSES[server]]
    programs = [
        web,
        [*CELERY, "worker", "-P", "solo", "--loglevel", "INFO", "--without-gossip"],
        [*CELERY, "beat", "--loglevel", "INFO", "-s", str(tmp_path / "schedule"), "--pidfile="],
    ]
    logs = [tmp_path / f"{number}.log" for number in range(len(programs))]
    with ExitStack() as running:
        for argv, path in zip(programs, logs, strict=True):
            log = running.enter_context(path.open("wb"))
            program = started(argv, stop_with=signal.SIGKILL, env=env, cwd=ROOT, stderr=log, stdout=log)
            running.enter_context(program)
        until(lambda: is_ready(port))
        for host, status in ((HOST, 200), (f"{HOST}:443", 200), ("127.0.0.1", 400), ("evil.example", 400)):
            answer = httpx.get(f"http://127.0.0.1:{port}/", headers={"host": host})
            assert (host, answer.status_code) == (host, status)
        take_a_message(url, port)
        with closing(psycopg.connect(env["DATABASE_URL"], autocommit=True)) as database:
            until(lambda: database.execute("SELECT count(*) FROM inbox_outbox").fetchone() == (0,))
    said = "".join(path.read_text() for path in logs)
    assert "Traceback" not in said, said
    assert " succeeded in " not in said  # nor any other line for a wake-up
    assert "Sending due task" not in said
    assert "W002" in said  # no proxy is trusted, which is told, and stops nothing


def take_a_message(url: str, port: int) -> None:
    """A carrier posts to the public address, which a proxy passes on."""
    assert url.startswith(f"https://{HOST}/webhooks/twilio/")
    post = signed(url, form())
    answer = httpx.post(
        f"http://127.0.0.1:{port}{urlsplit(url).path}",
        content=post.body,
        headers={**post.headers, "host": HOST},
    )
    assert answer.status_code == 200


def test_up_starts_with_the_hosts_that_the_check_asks_for(deployed: tuple[dict[str, str], str]) -> None:
    env = {name: value for name, value in deployed[0].items() if name not in ("VAR", "PATH")}
    with Instance(var=Path(deployed[0]["VAR"]), **env) as instance:
        assert f"tempsms is running at https://{HOST}/" in instance.printed
        until(lambda: is_ready(instance.port))
        assert httpx.get(f"{instance.url}/", headers={"host": HOST}).status_code == 200
