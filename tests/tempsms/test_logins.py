"""Operators' logins: lock-out after failures, a line in the log for each, and the second factor."""

import base64
import hmac
import logging
import time
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tempsms.logins import A_NAME, ANY_NAME

LOGIN, FACTOR = "/admin/login/", "/admin/second-factor/"
PASSWORD = "correct horse battery"


@pytest.fixture
def admin(db: None) -> User:
    """An operator."""
    return User.objects.create_superuser("admin", password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, name: str = "admin", **given: Any) -> Any:
    """Post the form of the login page."""
    headers = given.pop("headers", None)
    return client.post(LOGIN, {"username": name, "password": password, **given}, headers=headers)


def test_a_login_with_the_password_alone_works_until_more_is_set_up(client: Client, admin: User) -> None:
    assert "Log in" in client.get(LOGIN).content.decode()
    assert log_in(client).status_code == 302
    assert "Second factor" in client.get("/admin/").content.decode()


def test_too_many_failures_lock_a_visitor_out_and_nobody_else(
    client: Client, admin: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = 1
    mine, others = {"X-Forwarded-For": "192.0.2.7:5000"}, {"X-Forwarded-For": "198.51.100.9"}
    with caplog.at_level(logging.WARNING):
        statuses = [log_in(client, "wrong", headers=mine).status_code for _ in range(A_NAME)]
    assert statuses == [200] * (A_NAME - 1) + [429]
    lines = [line for line in caplog.messages if line.startswith("a login failed (visitor ")]
    assert len(lines) == A_NAME
    refused = log_in(client, headers=mine)
    assert (refused.status_code, "Too many failed logins" in refused.content.decode()) == (429, True)
    assert log_in(client, headers={"X-Forwarded-For": "192.0.2.8:9"}).status_code == 429  # the same network
    assert log_in(client, name="other", headers=mine).status_code == 200  # another name, from here
    assert log_in(client, headers=others).status_code == 302


def test_many_names_lock_a_visitor_out_too(client: Client, admin: User) -> None:
    statuses = [log_in(client, "wrong", name=f"name {n}").status_code for n in range(ANY_NAME)]
    assert statuses == [200] * (ANY_NAME - 1) + [429]
    assert log_in(client).status_code == 429


def test_a_success_forgets_the_failures_before_it(client: Client, admin: User) -> None:
    for _ in range(2):
        for _ in range(A_NAME - 1):
            assert log_in(client, "wrong").status_code == 200
        assert log_in(client).status_code == 302
        client.logout()


def test_what_is_kept_of_a_failure_tells_of_nobody(
    client: Client, admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post(
            f"{LOGIN}?next=/admin/secret/",
            {"username": "typed into the wrong field", "password": "hunter2hunter2"},
            headers={"User-Agent": "Browser of mine", "Accept": "text/mine"},
        )
    (attempt,) = AccessAttempt.objects.values()
    kept = str(attempt) + caplog.text
    for word in ("127.0.0.1", "wrong field", "hunter2", "of mine", "text/mine", "secret"):
        assert word not in kept, word
    assert attempt["ip_address"].startswith("fd")


class App:
    """An authenticator app: RFC 6238 over RFC 4226, as written there."""

    def __init__(self, secret: str) -> None:
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def now(self) -> str:
        """The code of this half minute."""
        digest = hmac.digest(self.key, int(time.time() // 30).to_bytes(8, "big"), "sha1")
        start = digest[-1] & 15
        return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def enrol(client: Client, admin: User) -> App:
    """Set a second factor up, as an operator does; the app that shows its codes."""
    page = client.get(FACTOR).content.decode()
    assert "<svg" in page
    app = App(page.partition('id="secret">')[2].partition("<")[0])
    assert client.post(FACTOR, {"token": app.now()}).status_code == 302
    return app


def ahead(app: App) -> str:
    """The next code: each works once."""
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0)
    return app.now()


def test_once_set_up_the_code_is_asked_for(client: Client, admin: User) -> None:
    log_in(client)
    other = Client()
    log_in(other)
    app = enrol(client, admin)
    assert client.get("/admin/").status_code == 200  # this session has shown it
    assert other.get("/admin/").status_code == 302  # that one has not
    client.logout()
    missing = log_in(client)
    assert (missing.status_code, "token" in missing.content.decode()) == (200, True)
    assert PASSWORD not in missing.content.decode()
    assert client.get("/admin/").status_code == 302
    assert log_in(client, otp_token="000000").status_code == 200
    assert log_in(client, "wrong", otp_token=ahead(app)).status_code == 200
    assert log_in(client, otp_token=ahead(app)).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_wrong_codes_lock_out_as_wrong_passwords_do(client: Client, admin: User) -> None:
    log_in(client)
    app = enrol(client, admin)
    client.logout()
    statuses = [log_in(client, otp_token="000000").status_code for _ in range(A_NAME)]
    assert statuses == [200] * (A_NAME - 1) + [429]
    assert log_in(client, otp_token=ahead(app)).status_code == 429


def test_a_recovery_code_works_once(client: Client, admin: User) -> None:
    log_in(client)
    enrol(client, admin)
    shown = client.get(FACTOR).content.decode()
    codes = list(StaticToken.objects.values_list("token", flat=True))
    assert len(codes) == 8
    assert all(code in shown for code in codes)
    assert codes[0] not in client.get(FACTOR).content.decode()
    client.logout()
    assert log_in(client, otp_token=codes[0]).status_code == 302
    client.logout()
    assert log_in(client, otp_token=codes[0]).status_code == 200


def test_a_wrong_code_sets_nothing_up_and_takes_nothing_away(client: Client, admin: User) -> None:
    log_in(client)
    client.get(FACTOR)
    assert "This code is wrong" in client.post(FACTOR, {"token": "000000"}).content.decode()
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    TOTPDevice.objects.update(throttling_failure_count=0)
    app = enrol(client, admin)
    assert "This code is wrong" in client.post(FACTOR, {"token": "000000"}).content.decode()
    assert client.post(FACTOR, {"token": ahead(app)}).status_code == 302
    assert not TOTPDevice.objects.exists()
    client.logout()
    assert log_in(client).status_code == 302


def test_strangers_and_lists_see_no_secret(client: Client, admin: User) -> None:
    assert client.get(FACTOR).status_code == 302
    log_in(client)
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
