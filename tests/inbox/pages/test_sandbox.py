"""The sandbox's page: what programs sent, for people on this machine and for operators, and for nobody else."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from inbox.pages.sandbox import rows
from inbox.sandbox import projects
from inbox.sandbox.callbacks import ENDED
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import CapturedMessage, Project
from tests.inbox.sandbox.keeping import ON_ITS_WAY, keep

pytestmark = pytest.mark.django_db
PAGE = "/sandbox/"
REPLY = {"body": "STOP", "carrier": "twilio", "to": "+15005550006", "url": "http://127.0.0.1:5000/sms"}
STRANGER = "192.0.2.7"


@pytest.fixture
def default() -> Project:
    """The first project."""
    return projects.ensure_default()


def shown(page: str) -> list[int]:
    """The ids of a page's rows, in their order."""
    return [int(found) for found in re.findall(r'<li class="message[^"]*" id="m(\d+)"', page)]


def read(client: Client, address: str = PAGE, **query: Any) -> str:
    """A page."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_what_programs_sent_newest_first(client: Client, default: Project) -> None:
    sent = keep(default, "Your code is 482913")
    wide = keep(default, "<b>Łódź</b>", sender="ACME")
    page = read(client)
    assert shown(page) == [wide.pk, sent.pk]
    assert 'data-copy="482913"' in page
    assert "&lt;b&gt;Łódź&lt;/b&gt;" in page
    assert "<b>Łódź" not in page
    assert "Ł ó ź" in page
    assert shown(read(client, "/sandbox/default/")) == shown(page)


def test_rows_are_short_and_lead_to_the_message_and_its_conversation(
    client: Client, default: Project
) -> None:
    sent = keep(default, after=ON_ITS_WAY, callback="http://127.0.0.1:5000/status")
    page = read(client)
    assert f'href="/sandbox/default/messages/{sent.pk}/"' in page
    assert f'href="/sandbox/default/with/{sent.recipient}/"' in page
    assert "MessageStatus" not in page
    assert "Callback failed" not in page
    for values, failed in (
        ({"note": "not reached"}, True),
        ({"note": ENDED}, False),
        ({"note": "", "status": 500}, True),
        ({"status": 200, "note": "12200: not valid TwiML"}, True),
        ({"status": 204, "note": ""}, False),
    ):
        sent.changes.update(settled_at=sent.created_at, **values)
        assert ("Callback failed" in read(client)) == failed


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
        ('"code is"', ["Your code is 482913"]),
        ('"is code"', []),
        ('from:"acme"', ["Hi Ada"]),
        ("state:Queued", ["Hi Ada", "Your code is 482913", "Hello"]),
        ("state:delivered", []),
        ("tag:invoices", ["Hello"]),
        ("tag:INVOICES", ["Hello"]),
        ("tag:invoice", []),
        ("is:unread", ["Hi Ada", "Your code is 482913"]),
        ("is:read", ["Hello"]),
        ("is:received", []),
        ("has:file", []),
        ("http://x", []),
        ("subject:Hello", []),
    ],
)
def test_it_can_be_searched(client: Client, default: Project, asked: str, bodies: list[str]) -> None:
    CapturedMessage.objects.filter(pk=keep(default, "Hello").pk).update(tags=["invoices"], unread=False)
    keep(default, "Your code is 482913")
    keep(default, "Hi Ada", sender="ACME", recipient="+447700900123")
    found = [CapturedMessage.objects.get(pk=pk).body for pk in shown(read(client, q=asked))]
    assert found == bodies


@pytest.mark.parametrize(
    ("asked", "unknown"),
    [
        ("subject:Hello has:code", ["subject:Hello"]),
        ("state:gone carrier:nobody", ["state:gone", "carrier:nobody"]),
        ('has:wings is:"new one"', ["has:wings", "is:&quot;new one&quot;"]),
        ("10:30 Code: http://x from: tag:a to:1 is:UNREAD state:sent :x", []),
    ],
)
def test_what_looks_like_a_term_and_is_none_is_named(
    client: Client, default: Project, asked: str, unknown: list[str]
) -> None:
    keep(default, "subject:Hello 482913 is the code")
    page = read(client, q=asked)
    assert re.findall(r'<code translate="no"><bdi>(.*?)</bdi></code>', page) == unknown
    assert ("There is no such term" in page) == bool(unknown)


def test_what_looks_like_a_term_is_searched_as_text(client: Client, default: Project) -> None:
    found = keep(default, "subject:Hello")
    keep(default, "Hello")
    assert shown(read(client, q="subject:hello")) == [found.pk]


def test_older_messages_are_a_page_further(
    client: Client, default: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    ids = [keep(default, f"a {n}").pk for n in range(3)]
    page = read(client, q="a")
    assert shown(page) == ids[:0:-1]
    (older,) = re.findall(r'href="\?([^"]+)">Older messages', page)
    assert shown(read(client, f"{PAGE}?{older.replace('&amp;', '&')}")) == ids[:1]


DELETE = "/sandbox/default/delete/"


def test_one_is_deleted_at_once(client: Client, default: Project) -> None:
    first, second, third = (keep(default, text) for text in ("one", "two", "three"))
    other = keep(projects.make("tests"), "four")
    answer = client.post(DELETE, {"message": first.pk, "q": "t"})
    assert (answer.status_code, answer["Location"]) == (302, "/sandbox/default/?q=t")
    assert shown(read(client)) == [third.pk, second.pk]
    for chosen in (other.pk, "x", ""):
        client.post(DELETE, {"message": chosen})
    client.post(DELETE)
    assert CapturedMessage.objects.count() == 3
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(DELETE, {"message": second.pk}).status_code == 403


def test_all_or_all_that_match_are_deleted_once_that_is_confirmed(client: Client, default: Project) -> None:
    keep(default, "one")
    found = keep(default, "Hello")
    other = keep(projects.make("tests"), "Hello")
    asked = read(client, DELETE, q="hello")
    assert "Delete 1 message?" in asked
    assert f'name="newest" value="{found.pk}"' in asked
    late = keep(default, "Hello again")
    client.post(DELETE, {"message": "all", "q": "hello", "newest": found.pk})
    assert [message.body for message in default.messages.order_by("pk")] == ["one", "Hello again"]
    assert "Delete 2 messages?" in read(client, DELETE)
    client.post(DELETE, {"message": "all"})
    assert default.messages.count() == 2
    client.post(DELETE, {"message": "all", "newest": late.pk})
    assert list(CapturedMessage.objects.all()) == [other]
    assert 'value="all"' not in read(client, DELETE)


def test_it_says_where_to_send_when_there_is_nothing(client: Client, default: Project) -> None:
    page = read(client)
    assert '<details class="starts" open>' in page
    for name, carrier in CARRIERS.items():
        assert f'<summary translate="no">{carrier.title}</summary>' in page
        assert f"http://testserver/capture/{name}" in page
    assert '<details class="starts">' in read(client, q="x")
    project = projects.make("tests")
    keep(default)
    page = read(client, "/sandbox/tests/")
    assert "manage.py project show tests" in page
    assert project.credentials.get(carrier="twilio").sealed["auth_token"] not in page


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


@pytest.mark.parametrize(
    "path",
    [
        *(PAGE, "/sandbox/default/", "/sandbox/default/poll/", "/sandbox/tests/", DELETE),
        *("/sandbox/default/messages/1/", "/sandbox/default/messages/1/poll/"),
        *("/sandbox/default/with/+1/", "/sandbox/default/with/+1/poll/", "/sandbox/default/prices/"),
    ],
)
def test_strangers_are_asked_to_log_in(client: Client, default: Project, path: str) -> None:
    for given in ({"REMOTE_ADDR": STRANGER}, {"headers": {"X-Forwarded-For": STRANGER}}):
        answer = client.get(path, **given)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
        assert "no-store" in answer["Cache-Control"]
    keep(default)
    everything = {"message": "all", "newest": 10**9}
    client.post(DELETE, everything, REMOTE_ADDR=STRANGER)
    client.post("/sandbox/default/with/+1/reply/", REPLY, REMOTE_ADDR=STRANGER)
    client.post("/sandbox/default/read/", REMOTE_ADDR=STRANGER)
    client.post("/sandbox/default/prices/", {"prices": "twilio US 1 USD"}, REMOTE_ADDR=STRANGER)
    kept = CapturedMessage.objects.get()
    client.post(f"/sandbox/default/messages/{kept.pk}/mark/", {"tag": "a"}, REMOTE_ADDR=STRANGER)
    kept = CapturedMessage.objects.get()
    assert (kept.unread, kept.tags, kept.project.prices) == (True, [], [])


def test_operators_see_and_delete_as_far_as_they_may(client: Client, default: Project) -> None:
    message = keep(default)
    operator = User.objects.create_user("ada", is_staff=True)
    client.force_login(operator)
    assert client.get(PAGE, REMOTE_ADDR=STRANGER).status_code == 404
    operator.user_permissions.add(Permission.objects.get(codename="view_capturedmessage"))
    answer = client.get(PAGE, REMOTE_ADDR=STRANGER)
    assert shown(answer.content.decode()) == [message.pk]
    everything = {"message": "all", "newest": message.pk}
    delete = {"path": DELETE, "data": everything, "REMOTE_ADDR": STRANGER}
    assert client.post(**delete).status_code == 404  # type: ignore[arg-type]
    phone = "/sandbox/default/with/+14155550100/"
    assert 'id="reply"' not in client.get(phone, REMOTE_ADDR=STRANGER).content.decode()
    assert client.post(f"{phone}reply/", REPLY, REMOTE_ADDR=STRANGER).status_code == 404
    assert client.get(f"/sandbox/default/messages/{message.pk}/", REMOTE_ADDR=STRANGER).status_code == 200
    message.refresh_from_db()
    assert message.unread
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
