"""The addresses of the sandbox's pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from inbox.pages.sandbox import conversation, deleting, lists, marking, message, mischief, pricing, receiving


class PhoneConverter(StringConverter):
    """A number or a name, with whatever a program wrote into it; PostgreSQL takes all but NUL."""

    regex = r"[^\0]+"


register_converter(PhoneConverter, "phone")
_MESSAGE = "sandbox/<slug:name>/messages/<int:message_id>/"
_PHONE = "sandbox/<slug:name>/with/<phone:phone>/"

PATHS = [
    path("sandbox/", lists.show_first, name="sandbox"),
    path("sandbox/<slug:name>/", lists.show, name="sandbox-project"),
    path("sandbox/<slug:name>/poll/", lists.poll, name="sandbox-poll"),
    path("sandbox/<slug:name>/delete/", deleting.delete, name="sandbox-delete"),
    path("sandbox/<slug:name>/read/", marking.read_all, name="sandbox-read"),
    path("sandbox/<slug:name>/prices/", pricing.edit, name="sandbox-prices"),
    path("sandbox/<slug:name>/receive/", receiving.receive, name="sandbox-receive"),
    path("sandbox/<slug:name>/mischief/", mischief.show, name="sandbox-mischief"),
    path("sandbox/<slug:name>/mischief/change/", mischief.change, name="sandbox-mischief-change"),
    path(_MESSAGE, message.show, name="sandbox-message"),
    path(f"{_MESSAGE}poll/", message.poll, name="sandbox-message-poll"),
    path(f"{_MESSAGE}mark/", marking.mark, name="sandbox-mark"),
    path(f"{_PHONE}poll/", conversation.poll, name="sandbox-conversation-poll"),
    path(f"{_PHONE}reply/", conversation.reply, name="sandbox-reply"),
    path(_PHONE, conversation.show, name="sandbox-conversation"),
]
