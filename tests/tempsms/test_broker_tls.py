"""rediss://: web, worker and beat verify the certificate, and tell their password to nobody else."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings as django_settings
from kombu import Connection
from kombu.exceptions import OperationalError

from tempsms import ROOT
from tempsms.lib import redis as redis_clients
from tempsms.lib import redis_url
from tests.deployment import given
from tests.processes import started
from tests.tls_redis import TlsRedis

ELSEWHERE = "redis.elsewhere.example"
REFUSED = (redis.ConnectionError, OperationalError)
Connect = Callable[[str], None]


@pytest.fixture(scope="module", params=[ELSEWHERE, "localhost"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedis]:
    """A Redis with TLS whose certificate is for this host."""
    folder = tmp_path_factory.mktemp("tls")
    with TlsRedis(folder, django_settings.REDIS_URL, request.param) as running:
        running.host = request.param  # type: ignore[attr-defined]
        yield running


def by_celery(url: str) -> None:
    """Connect as worker and beat do."""
    address, tls = redis_url.for_celery(url)
    with Connection(
        address, ssl=tls or {}, transport_options={"max_retries": 1, "interval_start": 0}
    ) as connection:
        channel: Any = connection.default_channel
        channel.client.ping()


def by_web(url: str) -> None:
    """Connect as notices and readiness do."""
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        client.ping()


@pytest.mark.parametrize("connect", [by_celery, by_web])
@pytest.mark.parametrize("options", ["", "?ssl_cert_reqs=required", "?ssl_cert_reqs=optional"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: TlsRedis, connect: Connect, options: str
) -> None:
    server.heard = b""
    with pytest.raises(REFUSED, match="certificate verify failed"):
        connect(f"rediss://:secret@localhost:{server.port}/0{options}")
    assert server.heard == b""


@pytest.mark.parametrize("connect", [by_celery, by_web])
def test_a_known_authority_is_accepted_for_its_own_host_only(server: TlsRedis, connect: Connect) -> None:
    url = f"rediss://localhost:{server.port}/0?ssl_ca_certs={quote(str(server.certificate))}"
    server.heard = b""
    if server.host == ELSEWHERE:  # type: ignore[attr-defined]
        with pytest.raises(REFUSED, match=r"[Hh]ostname mismatch"):
            connect(url)
        assert server.heard == b""
    else:
        connect(url)
        assert b"PING" in server.heard


@pytest.mark.parametrize("connect", [by_celery, by_web])
def test_verification_is_off_only_where_the_address_says_so(server: TlsRedis, connect: Connect) -> None:
    connect(f"rediss://localhost:{server.port}/0?ssl_cert_reqs=none")


async def test_the_web_refuses_too(server: TlsRedis, settings: Any) -> None:
    settings.REDIS_URL = f"rediss://:secret@localhost:{server.port}/0"
    server.heard = b""
    for client in (redis_clients.client(), redis_clients.subscriber()):
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            await client.ping()
        await client.aclose()
    await redis_clients.close()
    assert server.heard == b""


@pytest.mark.parametrize(
    "argv", [["worker", "-P", "solo"], ["beat", "--pidfile=", "-s"]], ids=["worker", "beat"]
)
def test_worker_and_beat_as_processes_refuse(tmp_path: Path, server: TlsRedis, argv: list[str]) -> None:
    if server.host != ELSEWHERE:  # type: ignore[attr-defined]
        return
    server.heard = b""
    env = given(VAR=str(tmp_path), REDIS_URL=f"rediss://:secret@localhost:{server.port}/0")
    full = [sys.executable, "-m", "celery", "-A", "tempsms.celery", *argv]
    full += [str(tmp_path / "schedule")] if argv[0] == "beat" else []
    options: dict[str, Any] = {"env": env, "cwd": ROOT, "text": True, "stderr": subprocess.PIPE}
    said = ""
    with started(full, stop_with=signal.SIGKILL, **options) as process:
        deadline = threading.Timer(60, process.kill)
        deadline.start()
        try:
            assert process.stderr
            for line in process.stderr:
                said += line
                if "verify failed" in line:
                    break
        finally:
            deadline.cancel()
    assert "certificate verify failed" in said
    assert "nsecure" not in said
    assert server.heard == b""


@pytest.mark.parametrize(
    ("url", "celery"),
    [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://u:p%40@db.example:7000/2", "redis://u:p%40@db.example:7000/2"),
        ("redis://db.example/1?db=3", "redis://db.example:6379/3"),
        ("redis://[::1]:7000/2", "redis://[::1]:7000/2"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
    ],
)
def test_celery_uses_the_same_server_and_database(url: str, celery: str) -> None:
    assert redis_url.for_celery(url) == (celery, None)
