"""What people note on captured messages: that they have read them, and tags. Programs are not told of it."""

import re

from django.db.models.functions import Now

from inbox.sandbox.models import LONGEST_TAG, CapturedMessage, Project

MOST_TAGS = 20
_SPACE = re.compile(r"\s+")


class BadTag(ValueError):
    """A tag that is none, or one too many."""


def set_unread(message: CapturedMessage, unread: bool) -> None:
    """Note whether somebody has read a message."""
    found = CapturedMessage.objects.filter(pk=message.pk).exclude(unread=unread)
    found.update(unread=unread, marked_at=Now())


def set_all_read(project: Project) -> int:
    """Note that everything has been read; return how many messages had not been."""
    return CapturedMessage.objects.filter(project=project, unread=True).update(unread=False, marked_at=Now())


def add_tag(message: CapturedMessage, text: str) -> None:
    """Add a tag, in small letters and with hyphens for spaces; raises `BadTag`."""
    tag = _SPACE.sub("-", text.strip().lower())
    # A tag with a quotation mark could not be searched for, as terms are quoted with it
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable() or '"' in tag:
        raise BadTag(text)
    if tag not in message.tags:
        if len(message.tags) >= MOST_TAGS:
            raise BadTag(text)
        _set_tags(message, [*message.tags, tag])


def remove_tag(message: CapturedMessage, tag: str) -> None:
    """Remove a tag, if it is there."""
    if tag in message.tags:
        _set_tags(message, [other for other in message.tags if other != tag])


def _set_tags(message: CapturedMessage, tags: list[str]) -> None:
    CapturedMessage.objects.filter(pk=message.pk).update(tags=tags, marked_at=Now())
