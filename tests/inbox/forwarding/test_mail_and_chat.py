"""Deliveries by e-mail through a real SMTP server, and to chat apps by Apprise, which reach public hosts only."""

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db.models.functions import Now

from inbox.forwarding import chat as chat_room
from inbox.forwarding import dispatch, targets
from inbox.forwarding.models import Delivery, Target
from numbers.models import Lease
from tests.forward_targets import Targets
from tests.inbox.forwarding.conftest import Forward, receive
from tests.rig import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class PostOffice:
    """What an SMTP server got, and what it answers to recipients."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusal: str = ""
    quotes: bool = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.recipients.append(envelope.rcpt_tos)
        if self.quotes:
            return f"554 5.7.1 looks like spam: {found['Subject']}"
        return "250 OK"


@pytest.fixture
def post(settings: Any) -> Iterator[PostOffice]:
    """A running SMTP server, which the settings name."""
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    # pytest-django has replaced the backend by one that keeps mails in memory
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield office
    controller.stop()


def body_of(mail: EmailMessage, kind: str) -> str:
    """A mail's text, plain or html."""
    part = mail.get_body((kind,))
    assert part
    found: str = part.get_content()
    return found.replace("\r\n", "\n")


def test_a_message_arrives_as_text_and_html(lease: Lease, forward: Forward, post: PostOffice) -> None:
    forward("ada@example.org", kind="email")
    receive(lease, "Your <b>code</b> is 482913\n& more", sender="ACME")
    dispatch.deliver_due(5)
    (mail,) = post.mails
    assert post.recipients == [["ada@example.org"]]
    assert mail["Subject"] == "SMS from ACME to +15005550006"
    assert "482913" not in mail["Subject"]
    assert body_of(mail, "plain").startswith("Code: 482913\n\nYour <b>code</b> is 482913\n& more\n")
    html = body_of(mail, "html")
    assert "Your &lt;b&gt;code&lt;/b&gt; is 482913\n&amp; more" in html
    assert mail["Message-ID"].startswith(f"<{Delivery.objects.get().public_id}@")
    assert Delivery.objects.get().status == 250


def test_the_code_is_in_the_subject_only_if_the_rule_says_so(
    lease: Lease, forward: Forward, post: PostOffice
) -> None:
    forward("ada@example.org", kind="email", code_in_subject=True)
    receive(lease, "Your code is 482913", sender="ACME")
    dispatch.deliver_due(5)
    assert post.mails[0]["Subject"] == "482913: SMS from ACME to +15005550006"


@pytest.mark.parametrize(
    "sender",
    ["A\r\nBcc: eve@example.org", "A\nTo: eve@example.org\n\nHello", "\u2028Bcc: x", "\x00\x0bBcc: y", ""],
)
def test_no_sender_adds_a_header(lease: Lease, forward: Forward, post: PostOffice, sender: str) -> None:
    forward("ada@example.org", kind="email", code_in_subject=True)
    # PostgreSQL stores no NUL: intake replaces it
    receive(lease, "Hi\r\nBcc: eve@example.org", sender=sender.replace("\x00", ""))
    dispatch.deliver_due(5)
    (mail,) = post.mails
    assert mail["To"] == "ada@example.org"
    assert (mail["Bcc"], post.recipients) == (None, [["ada@example.org"]])
    allowed = {
        *("content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted"),
        "x-peer",
        "x-mailfrom",
        "x-rcptto",
    }
    assert {name.lower() for name in mail.keys()} <= allowed  # noqa: SIM118  (a message, not a dict)


@pytest.mark.parametrize("by_whom", ["recipient", "content"])
def test_a_refusal_that_quotes_the_mail_leaves_no_code_in_the_log(
    lease: Lease, forward: Forward, post: PostOffice, by_whom: str
) -> None:
    post.quotes, post.refusal = by_whom == "content", "550 no 482913 here" * (by_whom == "recipient")
    forward("ada@example.org", kind="email", code_in_subject=True)
    receive(lease, "Your code is 482913", sender="ACME")
    dispatch.deliver_due(5)
    delivery = Delivery.objects.get()
    assert delivery.status in (550, 554)
    assert delivery.note == "(the answer repeats what was sent)"
    assert "482913" not in json.dumps(delivery.log)


def test_a_recipient_that_does_not_exist_is_not_tried_again(
    lease: Lease, forward: Forward, post: PostOffice
) -> None:
    forward("ada@example.org", kind="email")
    post.refusal = "550 no such user"
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    delivery = Delivery.objects.get()
    assert (delivery.outcome, delivery.status, delivery.note) == ("failed", 550, "no such user")


def test_a_busy_mail_server_is_asked_again_with_the_same_id(
    lease: Lease, forward: Forward, post: PostOffice
) -> None:
    forward("ada@example.org", kind="email")
    post.refusal = "451 try later"
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    assert (Delivery.objects.get().outcome, Delivery.objects.get().status) == ("", 451)
    post.refusal = ""
    Delivery.objects.update(due_at=Now())
    dispatch.deliver_due(5)
    assert Delivery.objects.get().outcome == "delivered"
    assert len(post.mails) == 1


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "ada@example.org\nBcc: eve@example.org", "a@example.org,b@example.org"]
)
def test_what_is_no_address_is_refused(transactional_db: None, post: PostOffice, address: str) -> None:
    with pytest.raises(targets.TargetRefused):
        targets.ensure("email", address)


def test_without_a_server_there_are_no_targets_by_mail(transactional_db: None, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    with pytest.raises(targets.TargetRefused, match="SMTP_URL is not set"):
        targets.ensure("email", "ada@example.org")


def test_the_operator_is_told_once_of_a_disabled_target(
    lease: Lease, forward: Forward, post: PostOffice, settings: Any
) -> None:
    settings.CONTACT = "ops@example.org"
    forward("/410/key")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    assert targets.tell_of_disabled() == 1
    assert targets.tell_of_disabled() == 0
    (mail,) = post.mails
    assert post.recipients == [["ops@example.org"]]
    text = body_of(mail, "plain")
    assert "it answered that it is gone (410)" in text
    assert "key" not in text.replace("monkey", "")
    assert Target.objects.get().noticed_at


CHAT = "json://127.0.0.1:{}/ok"


@pytest.fixture
def chat(settings: Any) -> None:
    """The operator allows one kind."""
    settings.FORWARD_CHAT_KINDS = ["json", "jsons"]


def test_a_message_arrives_in_a_chat(lease: Lease, forward: Forward, web: Targets, chat: None) -> None:
    forward(CHAT.format(web.port), kind="chat")
    receive(lease, "Your code is 482913", sender="ACME")
    dispatch.deliver_due(10)
    (request,) = web.requests
    found = json.loads(request.body)
    assert found["title"] == "SMS from ACME to +15005550006"
    assert found["message"] == "Your code is 482913\n\nCode: 482913"
    assert Delivery.objects.get().outcome == "delivered"


@pytest.mark.parametrize("path", ["500", "redirect"])
def test_a_chat_that_refuses_or_redirects_is_tried_again(
    lease: Lease, forward: Forward, web: Targets, chat: None, path: str
) -> None:
    forward(CHAT.format(web.port).replace("/ok", f"/{path}"), kind="chat")
    receive(lease, "Hello")
    dispatch.deliver_due(10)
    delivery = Delivery.objects.get()
    assert (delivery.outcome, delivery.note) == ("", "the service did not take it")
    assert len(web.requests) == 1


@pytest.mark.parametrize("path", ["endless", "dripping"])
def test_of_a_chats_answer_only_the_beginning_is_read(
    lease: Lease, forward: Forward, web: Targets, chat: None, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("inbox.forwarding.chat.BODY_WITHIN", 0.3)
    forward(CHAT.format(web.port).replace("/ok", f"/{path}"), kind="chat")
    receive(lease, "Hello")
    dispatch.deliver_due(10)
    assert Delivery.objects.get().outcome == "delivered"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"],
)
def test_a_chat_at_no_public_host_is_not_reached(
    lease: Lease, forward: Forward, web: Targets, chat: None, settings: Any, host: str
) -> None:
    settings.FORWARD_NETWORKS = []
    try:
        forward(f"json://{host}:{web.port}/ok", kind="chat")
    except targets.TargetRefused:
        return  # Apprise itself does not take the spelling
    receive(lease, "Hello")
    dispatch.deliver_due(10)
    assert Delivery.objects.get().outcome == ""
    assert web.connections == 0


def test_http_needs_the_operators_setting_in_chats_too(
    lease: Lease, forward: Forward, web: Targets, chat: None, settings: Any
) -> None:
    settings.FORWARD_HTTP = False
    forward(CHAT.format(web.port), kind="chat")
    receive(lease, "Hello")
    dispatch.deliver_due(10)
    assert (Delivery.objects.get().outcome, web.connections) == ("", 0)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("slack://a/b/c", "slack is not allowed here; allowed: json, jsons"),
        ("json://example.org/?template=/etc/passwd", "the parameter 'template' is not allowed"),
        ("json://example.org/?+x=y", "is not allowed"),
        ("json://example.org/?method=GET", "the parameter 'method' is not allowed"),
        ("https://example.org/", "https is not allowed"),
        ("example.org", "not an address of a chat app"),
        ("json://" + "a" * 1000, "not an address of a chat app"),
        ("json://", "not a valid json address"),
    ],
)
def test_what_the_operator_has_not_allowed_is_refused(chat: None, address: str, why: str) -> None:
    with pytest.raises(targets.TargetRefused, match=why.replace("(", r"\(")):
        targets.check("chat", address)


@pytest.mark.parametrize(
    "address", ["syslog://", "mqtt://127.0.0.1/t", "mailto://a:b@example.org", "rsyslog://x"]
)
def test_kinds_that_are_not_asked_by_http_are_refused(settings: Any, address: str) -> None:
    settings.FORWARD_CHAT_KINDS = ["syslog", "mqtt", "mailto", "rsyslog"]
    with pytest.raises(targets.TargetRefused, match="not a valid"):
        targets.check("chat", address)


def test_no_kind_is_allowed_until_the_operator_says_so(settings: Any) -> None:
    assert settings.FORWARD_CHAT_KINDS == []
    with pytest.raises(targets.TargetRefused, match="none"):
        targets.check("chat", "discord://1/2")


async def test_a_thread_that_cannot_start_keeps_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(chat_room, "MOST_OF_ONE", 1)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert chat_room._slots.take("key:1")
    with pytest.raises(RuntimeError, match="new thread"):
        chat_room._run_in_thread("key:1", lambda: True)
    assert chat_room._slots.take("key:1")
    chat_room._slots.give_back("key:1")
