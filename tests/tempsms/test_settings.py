"""Settings: values are read strictly, secrets come from files too."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tempsms import checks
from tempsms.lib import env, visitor


def test_a_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("CANARY_FILE", str(tmp_path / "secret"))
    assert env.text("CANARY") == "from a file"
    monkeypatch.setenv("CANARY", "too")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        env.text("CANARY")


def test_an_unreadable_secret_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match="CANARY_FILE cannot be read"):
        env.text("CANARY")


def test_the_embedded_setup_needs_nothing(settings: Any) -> None:
    assert checks.settings_are_safe(None) == []


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("10.0.0.1", "1.2.3.4", 0, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", 3, "1.2.3.4"),
    ],
)
def test_a_visitor_is_whom_our_outermost_proxy_saw(
    peer: str, forwarded: str, trusted: int, client: str
) -> None:
    assert visitor.client_address(peer, forwarded, trusted) == client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "other not an address"),
    ],
)
def test_a_visitor_is_a_network(address: str, network: str) -> None:
    assert visitor.prefix(address) == network


def names(*forwarded: str) -> list[str]:
    """The visitors whom one trusted proxy saw at these values of X-Forwarded-For."""
    scopes = [
        {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", value.encode())]} for value in forwarded
    ]
    return [visitor.of_scope(scope) for scope in scopes]


def test_ports_and_brackets_make_no_other_visitor(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    four = names("192.0.2.7:51234", "198.51.100.9:40001", "[2001:db8::1]:443", "[2001:db8:1::2]")
    assert len(set(four)) == 4
    assert four == names("192.0.2.7:1", "198.51.100.9", "2001:db8::1", "[2001:db8:1::2]:65535")
    assert len(set(names("192.0.2.7", '"192.0.2.7:80"', "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:9"))) == 1


def test_values_that_are_no_addresses_are_not_one_visitor(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    odd = names("_hidden1", "_hidden2", "192.0.2.999", "1.2.3.4:x", "[2001:db8::1", "fe80::zz", "١.٢.٣.٤")
    assert len(set(odd)) == 7
    assert odd[0] == names("9.9.9.9, _hidden1")[0]


def test_an_address_from_a_file_reaches_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from tempsms.management.commands import up

    file = tmp_path / "address"
    file.write_text("https://sms.example.org\n")
    for name in ("PUBLIC_URL", "VAR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("PUBLIC_URL_FILE", str(file))
    monkeypatch.setattr(settings, "PUBLIC_URL", "https://sms.example.org")
    monkeypatch.setattr(settings, "VAR", tmp_path)
    up._settle_address({"host": "127.0.0.1", "port": 1})
    assert env.text("PUBLIC_URL") == "https://sms.example.org"
