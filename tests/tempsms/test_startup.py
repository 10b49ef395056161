"""Every process of a deployment runs the same checks, and refuses in a sentence what is unsafe or cannot work."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import storage
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from tempsms import ROOT, checks, command_line, error_reports, startup
from tempsms.lib import web_origin
from tempsms.storage import StaticFiles
from tests.deployment import MANAGE, PROCESSES, SAFE, given, read

Refusal = Callable[..., str]


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusal:
    """What a process with this environment says when it ends at its start; "" when it starts."""

    def tried(**environment: str) -> str:
        lazy = SimpleLazyObject(lambda: read(environment))
        monkeypatch.setattr("django.conf.settings", lazy)
        monkeypatch.setattr(checks, "settings", lazy)
        startup.refuse_unsafe.cache_clear()
        try:
            startup.refuse_unsafe()
        except SystemExit as end:
            return str(end)
        finally:
            startup.refuse_unsafe.cache_clear()
        return ""

    return tried


UNSAFE = [
    ({"DEBUG": "1"}, "E006"),
    ({"SECRET_KEY": None}, "SECRET_KEY must be set"),
    ({"SECRET_KEY": "", "SECRET_KEY_FILE": None}, "SECRET_KEY must be set"),
    ({"SECRET_KEY": "short"}, "E002"),
    ({"ENCRYPTION_KEYS": None}, "ENCRYPTION_KEYS must be set"),
    ({"ENCRYPTION_KEYS": "nonsense"}, "E001"),
    ({"ENCRYPTION_KEYS": SAFE["ENCRYPTION_KEYS"] + " nonsense"}, "E001"),
    ({"PUBLIC_URL": None}, "PUBLIC_URL must be set"),
    ({"PUBLIC_URL": "sms.example.org"}, "E004"),
    ({"PUBLIC_URL": "https://sms.example.org/inbox"}, "E004"),
    ({"PUBLIC_URL": "https://user:pass@sms.example.org"}, "E004"),
    ({"PUBLIC_URL": "https://sms.example.org:99999"}, "E004"),
    ({"PUBLIC_URL": "https://[sms.example.org"}, "E004"),
    ({"PUBLIC_URL": "http://sms.example.org"}, "E005"),
    ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must be set"),
    ({"ALLOWED_HOSTS": "*"}, "E003"),
    ({"ALLOWED_HOSTS": "sms.example.org *"}, "E003"),
    ({"ALLOWED_HOSTS": ".org"}, "E003"),
    ({"ALLOWED_HOSTS": "*.example.org"}, "ALLOWED_HOSTS must be host names"),
    ({"REDIS_URL": None}, "set both DATABASE_URL and REDIS_URL"),
    ({"DATABASE_URL": None}, "set both DATABASE_URL and REDIS_URL"),
    ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL must look like"),
    ({"REDIS_URL": "localhost"}, "REDIS_URL must look like"),
    ({"REDIS_URL": "http://127.0.0.1:6379"}, "REDIS_URL must look like"),
    ({"REDIS_URL": "redis://127.0.0.1:99999/0"}, "REDIS_URL must look like"),
    ({"REDIS_URL": "rediss://127.0.0.1/0?ssl_cert_reqs=perhaps"}, "REDIS_URL must look like"),
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must look like"),
    ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES must be a whole number"),
    ({"DEBUG": "perhaps"}, "DEBUG must be yes or no"),
    ({"MESSAGE_RETENTION_HOURS": "0"}, "MESSAGE_RETENTION_HOURS must be a whole number from 1 to 720"),
    ({"MESSAGE_RETENTION_HOURS": "-5"}, "MESSAGE_RETENTION_HOURS must be a whole number from 1 to 720"),
    ({"MESSAGE_RETENTION_HOURS": "9" * 30}, "MESSAGE_RETENTION_HOURS must be a whole number from 1 to 720"),
    ({"CODE_LIFE_MINUTES": "10 minutes"}, "CODE_LIFE_MINUTES must be a whole number from 1 to 43200"),
    ({"SANDBOX_NETWORKS": "docker"}, "SANDBOX_NETWORKS must be networks like"),
    ({"SANDBOX_NETWORKS": "172.16.0.0/12"}, "E007"),
    ({"CANARY_HOURS": "0"}, "CANARY_HOURS must be a whole number from 1 to 8784"),
]


@pytest.mark.parametrize(("changes", "says"), UNSAFE)
def test_an_unsafe_deployment_is_refused_in_a_sentence(
    refusal: Refusal, changes: dict[str, str | None], says: str
) -> None:
    answer = refusal(**given(**changes))
    assert says in answer
    assert "\n" not in answer


def test_a_safe_deployment_starts(refusal: Refusal, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(**SAFE) == ""
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_readable_traffic_that_stays_on_this_machine_is_safe(refusal: Refusal, url: str) -> None:
    assert refusal(**given(PUBLIC_URL=url)) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DEBUG": "1", "PUBLIC_URL": "https://sms.example.org"}, "E006"),
        ({"DEBUG": "1", "PUBLIC_URL": "http://192.168.1.5:8000"}, "E006"),
        ({"ALLOWED_HOSTS": "*", "PUBLIC_URL": "https://sms.example.org"}, "E003"),
        ({"SANDBOX_NETWORKS": "172.16.0.0/12", "PUBLIC_URL": "http://192.168.1.5:8000"}, "E007"),
        ({"SANDBOX_NETWORKS": "0.0.0.0/0"}, "not a private network"),
        ({"SANDBOX_NETWORKS": "172.16.0.0/12, fd00::/8"}, ""),
        ({"DEBUG": "1"}, ""),
        ({}, ""),
    ],
)
def test_the_embedded_servers_change_nothing_about_strangers(
    refusal: Refusal, tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    answer = refusal(VAR=str(tmp_path), **changes)
    assert says in answer
    assert bool(answer) is bool(says)


def test_https_without_a_trusted_proxy_is_told_at_the_start(
    refusal: Refusal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(**given(TRUSTED_PROXIES=None)) == ""
    assert "W002" in capsys.readouterr().err


def test_all_that_is_missing_is_named_at_once(refusal: Refusal) -> None:
    answer = refusal(DATABASE_URL=SAFE["DATABASE_URL"], REDIS_URL=SAFE["REDIS_URL"])
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "PUBLIC_URL", "ALLOWED_HOSTS"):
        assert name in answer


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize(
    ("changes", "says"),
    [({"DEBUG": "1", "ALLOWED_HOSTS": "*"}, ["E003", "E006"]), ({"SECRET_KEY": None}, ["SECRET_KEY must"])],
    ids=["unsafe", "missing"],
)
def test_every_process_refuses(
    tmp_path: Path, process: str, changes: dict[str, str | None], says: list[str]
) -> None:
    env = given(VAR=str(tmp_path), **changes)
    done = subprocess.run(PROCESSES[process], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == len(says), done.stderr
    for line, words in zip(lines, says, strict=True):
        assert line.startswith("tempsms does not start: ")
        assert words in line


@pytest.mark.parametrize("process", ["serve", "uvicorn", "daphne"])
def test_what_serves_pages_refuses_without_static_files(tmp_path: Path, process: str) -> None:
    env = given(VAR=str(tmp_path))
    done = subprocess.run(PROCESSES[process], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "collectstatic" in done.stderr
    assert "Traceback" not in done.stderr


def test_static_files_of_an_older_version_are_found_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    collected = StaticFiles(location=tmp_path, base_url="/static/")
    monkeypatch.setattr(storage, "staticfiles_storage", collected)
    collected.hashed_files = {name: name for name in checks.missing_static_files()}
    assert collected.hashed_files
    assert checks.missing_static_files() == []
    collected.hashed_files.pop("js/row.js")
    assert checks.missing_static_files() == ["js/row.js"]


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/about/", 400)]
)
async def test_health_answers_whatever_host_it_is_asked_for(
    site: httpx.AsyncClient, settings: Any, path: str, status: int
) -> None:
    settings.ALLOWED_HOSTS = ["sms.example.org"]
    settings.PUBLIC_URL = "https://sms.example.org"
    assert (await site.get(path, headers={"host": "10.0.0.7:8000"})).status_code == status


@pytest.mark.parametrize(
    "argv",
    [
        ["audit"],
        ["account", "add", "twilio", "--label", "x", "--set", "auth_token=12345"],
        ["migrate"],
        ["simulate"],
    ],
)
def test_a_command_without_a_running_instance_says_what_to_do(tmp_path: Path, argv: list[str]) -> None:
    env = {"VAR": str(tmp_path), "PATH": ""}
    done = subprocess.run([*MANAGE, *argv], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "make run" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("argv", [["audit"], ["up", "--port", "99999"]])
def test_a_deployment_whose_database_is_away_says_so(tmp_path: Path, argv: list[str]) -> None:
    env = given(VAR=str(tmp_path))
    done = subprocess.run([*MANAGE, *argv], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert ("not a port" if argv[0] == "up" else "check DATABASE_URL") in done.stderr


def test_what_only_a_programmer_can_mend_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(command_line, "_run_command", failing)
    with pytest.raises(KeyError):
        command_line.main(["manage.py", "audit"])


def test_debug_pages_show_no_password_of_an_address() -> None:
    shown = str(error_reports.Filter().cleanse_setting("DATABASE_URL", "postgresql://u:hunter2@db/x"))
    assert "hunter2" not in shown
    assert "@db/x" in shown
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1")
    report = error_reports.Reporter(request, ValueError, ValueError("x"), None).get_traceback_html()
    assert str(django_settings.PUBLIC_URL) in report


@pytest.mark.parametrize(
    "meta", [{"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}]
)
def test_debug_pages_show_nothing_to_other_machines(meta: dict[str, str]) -> None:
    request = RequestFactory().get("/", **meta)  # type: ignore[arg-type]
    reporter = error_reports.Reporter(request, ValueError, ValueError("hunter2"), None)
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "hunter2" not in report
        assert len(report) < 100


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Inbox.Example.net:443", "https://inbox.example.net"),
        ("HTTPS://inbox.example.net/", "https://inbox.example.net"),
        ("http://inbox.example.net:80/", "http://inbox.example.net"),
        ("http://inbox.example.net:443", "http://inbox.example.net:443"),
        ("https://inbox.example.net.:8443", "https://inbox.example.net:8443"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert web_origin.normalise(url) == origin


@pytest.mark.parametrize(
    "url",
    ["", "inbox.example.net", "ftp://x.example", "https://", "https://x/?q=1", "https://a b", "https://x:y"],
)
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        web_origin.normalise(url)


@pytest.mark.parametrize(
    ("word", "pattern"),
    [
        ("Inbox.Example.net", "inbox.example.net"),
        ("https://inbox.example.net:443/", "inbox.example.net"),
        ("inbox.example.net:8443", "inbox.example.net"),
        (".Example.net", ".example.net"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("::1", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_host_is_allowed_however_it_is_spelled(word: str, pattern: str) -> None:
    assert web_origin.normalise_pattern(word) == pattern


def test_addresses_of_a_deployment_agree() -> None:
    found = read(
        given(PUBLIC_URL="https://Inbox.Example.net:443/", ALLOWED_HOSTS="INBOX.example.net, sms.example.net")
    )
    assert found.PUBLIC_URL == "https://inbox.example.net"
    assert found.ALLOWED_HOSTS == ["inbox.example.net", "sms.example.net"]
    assert found.CSRF_TRUSTED_ORIGINS == ["https://inbox.example.net", "https://sms.example.net"]
