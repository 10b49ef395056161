"""The pages of one captured message and of a conversation, and what is sent to the program from there."""

import re
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from django.test import Client

from inbox.pages.sandbox import rows
from inbox.sandbox import inbound, projects, tasks
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from tests.forward_targets import Targets
from tests.inbox.sandbox.keeping import FORM, ON_ITS_WAY, keep

pytestmark = pytest.mark.django_db
PHONE, NUMBER = "+14155550100", "+15005550006"
REQUEST = {
    "method": "POST",
    "path": "/capture/x",
    "headers": {"content-type": FORM, "user-agent": "twilio-python"},
    "body": "To=%2B14155550100&Body=Hi+%3Cb%3E",
}


@pytest.fixture
def default() -> Project:
    """The first project."""
    return projects.ensure_default()


def address_of(message: CapturedMessage) -> str:
    """The page of a message."""
    return f"/sandbox/{message.project.name}/messages/{message.pk}/"


def with_phone(phone: str) -> str:
    """The page of a conversation."""
    return f"/sandbox/default/with/{quote(phone, safe='')}/"


def read(client: Client, address: str, **query: Any) -> str:
    """A page."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def turns(page: str) -> list[int]:
    """The ids of a page's messages, in their order."""
    return [int(found) for found in re.findall(r'<li class="message[^"]*" id="m(\d+)"', page)]


def test_a_message_has_a_page_with_its_request_field_by_field(client: Client, default: Project) -> None:
    older, message, newer = (keep(default, f"Łódź… <b>{n}", request=REQUEST) for n in range(3))
    page = read(client, address_of(message))
    assert "Łódź… &lt;b&gt;1" in page
    assert "<dt>To</dt><dd><bdi>+14155550100</bdi></dd>" in page
    assert "<dt>Body</dt><dd><bdi>Hi &lt;b&gt;</bdi></dd>" in page
    assert "<dt>user-agent</dt><dd><bdi>twilio-python</bdi></dd>" in page
    assert "To=%2B14155550100&amp;Body=Hi+%3Cb%3E</bdi></pre>" in page
    assert re.findall(r"<bdi class=\"char\"><b>(.)</b> → (\S+)</bdi>", page) == [
        ("Ł", "L"),
        ("ó", "o"),
        ("ź", "z"),
        ("…", "..."),
    ]
    assert f'rel="prev" href="{address_of(newer)}"' in page
    assert f'rel="next" href="{address_of(older)}"' in page
    assert f'href="{with_phone(PHONE).replace("%2B", "+")}"' in page
    assert "This message asked for none." in page


def test_it_says_how_many_segments_plain_characters_would_save(client: Client, default: Project) -> None:
    assert "1 without the characters below" in read(client, address_of(keep(default, "é" * 40 + "ź" * 40)))
    assert "without the characters below" not in read(client, address_of(keep(default, "ź")))
    assert "without the characters below" not in read(client, address_of(keep(default, "中" * 80)))


def test_callbacks_are_shown_with_their_answers(client: Client, default: Project) -> None:
    sent = keep(default, after=ON_ITS_WAY, callback="http://127.0.0.1:5000/status")
    first, second = sent.changes.all()
    StateChange.objects.filter(pk=first.pk).update(
        status=200,
        answer="<thanks>",
        headers={"content-type": FORM, "x-twilio-signature": "s1"},
        settled_at=sent.created_at,
    )
    page = read(client, address_of(sent))
    assert "POST http://127.0.0.1:5000/status</bdi>" in page
    assert "<dt>x-twilio-signature</dt><dd><bdi>s1</bdi></dd>" in page
    assert "<dt>MessageStatus</dt><dd><bdi>sent</bdi></dd>" in page
    assert "&lt;thanks&gt;" in page
    assert "not called yet" in page
    StateChange.objects.filter(pk=second.pk).update(
        note="not reached: ConnectError", settled_at=sent.created_at
    )
    assert "not reached: ConnectError" in read(client, address_of(sent))


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("application/json", '{"a": {"b": "ż"}}', '"b": &quot;ż&quot;'),
        ("application/json", '{"a": ', "{&quot;a&quot;: "),
        (FORM, "no form", "no form"),
        (FORM, "&&=&;", "&amp;&amp;=&amp;;"),
        ("", "plain <b>", "plain &lt;b&gt;"),
    ],
)
def test_a_request_of_any_kind_is_shown(
    client: Client, default: Project, kind: str, body: str, shown: str
) -> None:
    request = {"method": "POST", "path": "/x", "headers": {"Content-Type": kind}, "body": body}
    page = read(client, address_of(keep(default, request=request)))
    assert shown.replace('"b"', "&quot;b&quot;") in page


def test_no_message_of_another_project_or_that_is_gone_has_a_page(client: Client, default: Project) -> None:
    other = keep(projects.make("tests"))
    for address in (
        f"/sandbox/default/messages/{other.pk}/",
        f"/sandbox/default/messages/{10**18}/",
        f"/sandbox/default/messages/{10**30}/",
        "/sandbox/nobody/messages/1/",
    ):
        assert client.get(address).status_code == 404
    assert client.get(f"/sandbox/default/messages/{other.pk}/poll/").status_code == 404


def test_a_poll_of_a_message_has_it_once_it_has_changed(client: Client, default: Project) -> None:
    message = keep(default, request=REQUEST)
    found = client.get(f"{address_of(message)}poll/").json()
    assert found["ids"] == [message.pk]
    assert "<dt>To</dt>" in found["rows"][str(message.pk)]


def test_a_conversation_has_both_directions_oldest_first(client: Client, default: Project) -> None:
    first = keep(default, "Hello", recipient=PHONE)
    keep(default, "to another", recipient="+14155550199")
    answer = inbound.send(default, "twilio", PHONE, NUMBER, "STOP", "http://127.0.0.1:5000/sms")
    last = keep(default, "Bye", recipient=PHONE.lstrip("+"))
    expected = [first.pk, answer.pk, last.pk]
    assert turns(read(client, with_phone(PHONE))) == expected
    assert client.get(f"{with_phone(PHONE)}poll/").json()["ids"] == expected
    assert turns(read(client, with_phone(PHONE[1:]))) == expected


def test_older_turns_are_a_page_further(
    client: Client, default: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    ids = [keep(default, f"{n}", recipient=PHONE).pk for n in range(3)]
    page = read(client, with_phone(PHONE))
    assert turns(page) == ids[1:]
    assert client.get(f"{with_phone(PHONE)}poll/").json()["ids"] == ids[1:]
    (older,) = re.findall(r'href="\?before=(\d+)"', page)
    page = read(client, with_phone(PHONE), before=older)
    assert turns(page) == ids[:1]
    assert "data-poll" not in page


@pytest.mark.parametrize("phone", ["ACME", "a/b", "../x", "<b>", 'a"b', "a\nb", "poll/", "é", "%"])
def test_a_conversation_with_any_name_can_be_found(client: Client, default: Project, phone: str) -> None:
    message = inbound.send(default, "twilio", phone, NUMBER, "Hi", "http://127.0.0.1:5000/sms")
    (address,) = re.findall(r'href="(/sandbox/default/with/[^"]+)"', read(client, "/sandbox/"))
    assert turns(read(client, address)) == [message.pk]
    assert client.get(address_of(message)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_reply_is_sent_as_the_carrier_sends_it_and_the_answer_is_shown(
    client: Client, default: Project
) -> None:
    with Targets() as web:
        reply_to_a_program(client, default, web)


def reply_to_a_program(client: Client, default: Project, web: Targets) -> None:
    """Send a reply, and look at the page before and afterwards."""
    keep(default, "Hello", sender=NUMBER, recipient=PHONE)
    page = read(client, with_phone(PHONE))
    assert f'name="to" value="{NUMBER}"' in page
    assert "No address is known yet" in page
    form = {"body": "STOP\r\nplease", "carrier": "twilio", "to": NUMBER, "url": web.url("/ok/sms")}
    answer = client.post(f"{with_phone(PHONE)}reply/", form)
    assert answer.status_code == 302
    assert answer["Location"].startswith(with_phone(PHONE).replace("%2B", "+"))
    tasks.call_back()
    (request,) = web.requests
    fields = parse_qs(request.body.decode())
    assert (fields["From"], fields["To"], fields["Body"]) == ([PHONE], [NUMBER], ["STOP\nplease"])
    assert request.headers["x-twilio-signature"]
    page = read(client, with_phone(PHONE))
    assert "thanks</bdi></pre>" in page
    # an answer that the carrier does not understand: what is wrong is beside it
    received = CapturedMessage.objects.get(direction="in")
    for shown in (page, read(client, address_of(received))):
        assert "12300: Invalid Content-Type" in shown
    assert f'value="{web.url("/ok/sms")}"' in page
    assert "No address is known yet" not in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("body", " ", "Write a text"),
        ("body", "a" * 1601, "Write a text"),
        ("body", "a\0b", "Write a text"),
        ("url", "", "Say where your program takes messages"),
        ("url", "ftp://127.0.0.1/", "Say where your program takes messages"),
        ("url", "http://127.0.0.1/" + "a" * 2000, "Say where your program takes messages"),
        ("carrier", "nobody", "Choose a carrier"),
        ("to", "", "which of your program’s numbers"),
        ("to", "a\0b", "which of your program’s numbers"),
        ("to", "1" * 65, "which of your program’s numbers"),
    ],
)
def test_a_reply_that_cannot_be_sent_says_why_and_keeps_the_rest(
    client: Client, default: Project, field: str, value: str, said: str
) -> None:
    form = {"body": "STOP", "carrier": "twilio", "to": NUMBER, "url": "http://127.0.0.1:5000/sms"}
    answer = client.post(f"{with_phone(PHONE)}reply/", {**form, field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert ("STOP</textarea>" in page) == (field != "body")
    assert not CapturedMessage.objects.exists()
    assert Client(enforce_csrf_checks=True).post(f"{with_phone(PHONE)}reply/", form).status_code == 403
