"""The sandbox's page: what programs sent, for people on this machine and for operators, and for nobody else."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from inbox.pages import sandbox
from inbox.sandbox import projects
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from tests.inbox.sandbox.keeping import ON_ITS_WAY, keep

pytestmark = pytest.mark.django_db
PAGE = "/sandbox/"
STRANGER = "192.0.2.7"


@pytest.fixture
def default() -> Project:
    """The first project."""
    return projects.ensure_default()


def shown(page: str) -> list[int]:
    """The ids of a page's rows, in their order."""
    return [int(found) for found in re.findall(r'<li class="message" id="m(\d+)"', page)]


def read(client: Client, address: str = PAGE, **query: Any) -> str:
    """A page."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_what_programs_sent_newest_first(client: Client, default: Project) -> None:
    sent = keep(
        default,
        "Your code is 482913",
        request={"method": "POST", "path": "/x", "headers": {}, "body": "To=1"},
    )
    wide = keep(default, "<b>Łódź</b>", sender="ACME")
    page = read(client)
    assert shown(page) == [wide.pk, sent.pk]
    assert 'data-copy="482913"' in page
    assert "&lt;b&gt;Łódź&lt;/b&gt;" in page
    assert "<b>Łódź" not in page
    assert "Ł ó ź" in page
    assert re.search(r"POST /x\s+To=1</bdi></pre>", page)
    assert shown(read(client, "/sandbox/default/")) == shown(page)


def test_callbacks_are_shown_with_their_answers(client: Client, default: Project) -> None:
    sent = keep(default, after=ON_ITS_WAY, callback="http://127.0.0.1:5000/status")
    first, second = sent.changes.all()
    StateChange.objects.filter(pk=first.pk).update(
        status=200, answer="<thanks>", headers={"x-twilio-signature": "s1"}, settled_at=sent.created_at
    )
    page = read(client)
    assert (
        "POST http://127.0.0.1:5000/status\nx-twilio-signature: s1\n\nMessageStatus=sent</bdi></pre>" in page
    )
    assert "&lt;thanks&gt;" in page
    assert "not called yet" in page
    StateChange.objects.filter(pk=second.pk).update(
        note="not reached: ConnectError", settled_at=sent.created_at
    )
    assert "not reached: ConnectError" in read(client)


@pytest.mark.parametrize(
    ("asked", "bodies"),
    [
        ("", ["Hi Ada", "Your code is 482913", "Hello"]),
        ("hello", ["Hello"]),
        ("has:code", ["Your code is 482913"]),
        ("from:acme", ["Hi Ada"]),
        ("to:+1415 has:code", ["Your code is 482913"]),
        ("to:+44", ["Hi Ada"]),
        ("carrier:Twilio ada", ["Hi Ada"]),
        ("carrier:vonage", []),
        ("from: hi", []),
        ("code is", ["Your code is 482913"]),
        ("a\0da", ["Hi Ada"]),
    ],
)
def test_it_can_be_searched(client: Client, default: Project, asked: str, bodies: list[str]) -> None:
    keep(default, "Hello")
    keep(default, "Your code is 482913")
    keep(default, "Hi Ada", sender="ACME", recipient="+447700900123")
    found = [CapturedMessage.objects.get(pk=pk).body for pk in shown(read(client, q=asked))]
    assert found == bodies


def test_older_messages_are_a_page_further(
    client: Client, default: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "PAGE", 2)
    ids = [keep(default, f"a {n}").pk for n in range(3)]
    page = read(client, q="a")
    assert shown(page) == ids[:0:-1]
    (older,) = re.findall(r'href="\?([^"]+)">Older messages', page)
    assert shown(read(client, f"{PAGE}?{older.replace('&amp;', '&')}")) == ids[:1]


def test_one_or_all_are_deleted(client: Client, default: Project) -> None:
    first, second, third = (keep(default, text) for text in ("one", "two", "three"))
    other = keep(projects.make("tests"), "four")
    address = "/sandbox/default/delete/"
    answer = client.post(address, {"message": first.pk, "q": "t"})
    assert (answer.status_code, answer["Location"]) == (302, "/sandbox/default/?q=t")
    assert shown(read(client)) == [third.pk, second.pk]
    client.post(address, {"message": other.pk})
    client.post(address, {"message": "x"})
    client.post(address)
    assert CapturedMessage.objects.count() == 3
    client.post(address, {"message": "all"})
    assert list(CapturedMessage.objects.all()) == [other]
    assert Client(enforce_csrf_checks=True).post(address, {"message": "all"}).status_code == 403


def test_it_says_where_to_send_when_there_is_nothing(client: Client, default: Project) -> None:
    assert "http://testserver/capture/twilio" in read(client)
    assert "capture/twilio" not in read(client, q="x")


def test_a_poll_has_what_changed_and_what_is_shown(client: Client, default: Project) -> None:
    old, new = keep(default, "one"), keep(default, "two")
    CapturedMessage.objects.filter(pk=old.pk).update(updated_at=old.updated_at - timedelta(minutes=1))
    address = "/sandbox/default/poll/"
    first = client.get(address).json()
    assert first["ids"] == [new.pk, old.pk]
    assert {int(pk) for pk in first["rows"]} == {old.pk, new.pk}
    assert "two" in first["rows"][str(new.pk)]
    again = client.get(address, {"since": first["cursor"]}).json()
    assert ([int(pk) for pk in again["rows"]], again["ids"]) == ([new.pk], first["ids"])
    later = (datetime.fromisoformat(first["cursor"]) + timedelta(minutes=1)).isoformat()
    assert client.get(address, {"since": later}).json()["rows"] == {}
    assert client.get(address, {"q": "one"}).json()["ids"] == [old.pk]
    for odd in ("x", "2026-01-01", "0001-01-01T00:00:00+00:00"):
        assert len(client.get(address, {"since": odd}).json()["rows"]) == 2


@pytest.mark.parametrize("path", [PAGE, "/sandbox/default/", "/sandbox/default/poll/", "/sandbox/tests/"])
def test_strangers_are_asked_to_log_in(client: Client, default: Project, path: str) -> None:
    for given in ({"REMOTE_ADDR": STRANGER}, {"headers": {"X-Forwarded-For": STRANGER}}):
        answer = client.get(path, **given)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
        assert "no-store" in answer["Cache-Control"]
    keep(default)
    client.post("/sandbox/default/delete/", {"message": "all"}, REMOTE_ADDR=STRANGER)
    assert CapturedMessage.objects.count() == 1


def test_operators_see_and_delete_as_far_as_they_may(client: Client, default: Project) -> None:
    message = keep(default)
    operator = User.objects.create_user("ada", is_staff=True)
    client.force_login(operator)
    assert client.get(PAGE, REMOTE_ADDR=STRANGER).status_code == 404
    operator.user_permissions.add(Permission.objects.get(codename="view_capturedmessage"))
    answer = client.get(PAGE, REMOTE_ADDR=STRANGER)
    assert shown(answer.content.decode()) == [message.pk]
    delete = {"path": "/sandbox/default/delete/", "data": {"message": "all"}, "REMOTE_ADDR": STRANGER}
    assert client.post(**delete).status_code == 404  # type: ignore[arg-type]
    operator.user_permissions.add(Permission.objects.get(codename="delete_capturedmessage"))
    assert client.post(**delete).status_code == 302  # type: ignore[arg-type]
    assert not CapturedMessage.objects.exists()


def test_an_operator_whose_second_factor_is_missing_is_a_stranger(
    admin_client: Client, default: Project
) -> None:
    assert admin_client.get(PAGE, REMOTE_ADDR=STRANGER).status_code == 200
    TOTPDevice.objects.create(user=User.objects.get(), name="phone", confirmed=True)
    assert admin_client.get(PAGE, REMOTE_ADDR=STRANGER).status_code == 302


def test_no_cache_and_no_search_engine_keeps_it(client: Client, default: Project) -> None:
    answer = client.get(PAGE)
    assert "no-store" in answer["Cache-Control"]
    assert 'content="noindex' in answer.content.decode()
    for path in ("/sandbox/nobody/", "/sandbox/nobody/poll/"):
        assert client.get(path).status_code == 404
