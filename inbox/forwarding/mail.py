"""Deliveries by e-mail, through the operator's SMTP server."""

import asyncio
import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import EmailValidator
from django.utils.html import format_html

from inbox.forwarding.content import Content, make_excerpt
from inbox.forwarding.models import Delivery
from inbox.forwarding.retries import Reply
from inbox.messages.views import MessageView, rfc3339

_LONGEST_SUBJECT = 150
_NO_SERVER = "no e-mail can be sent: SMTP_URL is not set"


def can_send() -> bool:
    """Whether there is an SMTP server."""
    return bool(settings.EMAIL_HOST)


def check_address(address: str) -> str:
    """The address; raises `ValueError` where it is not one, or nothing can be sent."""
    if not can_send():
        raise ValueError(_NO_SERVER)
    try:
        EmailValidator()(address)
    except ValidationError as error:
        raise ValueError("not an e-mail address") from error
    return address


class MailSender:
    """Sends to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def send(self, delivery: Delivery, content: Content) -> Reply:
        """Send a delivery; what became of it."""
        if not can_send():
            return Reply(ok=False, note=_NO_SERVER)
        assert content.view
        mail = make_mail(self._address, delivery, content)
        # smtplib blocks
        return await asyncio.get_running_loop().run_in_executor(None, _send_mail, mail, content.view)

    async def close(self) -> None:
        """Nothing is kept open."""


def make_mail(address: str, delivery: Delivery, content: Content) -> EmailMultiAlternatives:
    """The message as plain text, with a small HTML part; the same Message-ID at every try."""
    view = content.view
    assert view
    sender = _in_one_line(view.sender) or "an unknown sender"
    subject = f"SMS from {sender} to {view.number}"
    if content.code_in_subject and view.code:
        subject = f"{_in_one_line(view.code.value)}: {subject}"
    code = view.code.value if view.code else ""
    facts = f"From {sender} to {view.number}, {rfc3339(view.received_at)}"
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{delivery.public_id}@{host}>", "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        subject[:_LONGEST_SUBJECT],
        _write_text(view, code, facts),
        settings.DEFAULT_FROM_EMAIL,
        [address],
        headers=headers,
    )
    mail.attach_alternative(_write_html(view, code, facts), "text/html")
    return mail


def send_notice(address: str, subject: str, text: str) -> None:
    """Send a plain e-mail; raises what smtplib raises."""
    headers = {"Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        _in_one_line(subject)[:_LONGEST_SUBJECT],
        text,
        settings.DEFAULT_FROM_EMAIL,
        [address],
        headers=headers,
    )
    _deliver_mail(mail)


def _write_text(view: MessageView, code: str, facts: str) -> str:
    first = f"Code: {code}\n\n" if code else ""
    return f"{first}{view.body}\n\n-- \n{facts}\n"


def _write_html(view: MessageView, code: str, facts: str) -> str:
    first = format_html('<p style="font-size:1.5em"><code>{}</code></p>', code) if code else ""
    return format_html(
        '{}<p style="white-space:pre-wrap" dir="auto">{}</p><p style="color:#666">{}</p>',
        first,
        view.body,
        facts,
    )


def _in_one_line(text: str) -> str:
    """A text that can be a header: nothing in it begins a line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _deliver_mail(mail: EmailMultiAlternatives) -> None:
    # A connection each: the server's refusal of one message says nothing of the next
    mail.connection = get_connection()
    mail.send()


def _send_mail(mail: EmailMultiAlternatives, view: MessageView) -> Reply:
    try:
        _deliver_mail(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (0, b""))
        return Reply(ok=False, status=code, note=_make_note(said, view), final=code >= 500)
    except smtplib.SMTPResponseException as error:
        return Reply(ok=False, status=max(0, error.smtp_code), note=_make_note(error.smtp_error, view))
    except (smtplib.SMTPException, OSError) as error:
        return Reply(ok=False, note=f"the SMTP server did not take it: {type(error).__name__}")
    return Reply(ok=True, status=250)


def _make_note(said: bytes | str, view: MessageView) -> str:
    """Return what a server said, for the log: filters may quote the message that they refuse."""
    return make_excerpt(said.encode() if isinstance(said, str) else said, view, [])
