"""Keeps captured messages, and forgets them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from inbox import codes, segments
from inbox.sandbox.models import CapturedMessage, Project, StateChange

State = CapturedMessage.State
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class NextState:
    """A state that a message will enter, and the body of the callback that says so.

    `error` is the carrier's code, if the state is that it did not arrive. `delay` is how much later than the draft's
    own time it happens. How `call` tells the program is in `StateChange`; None does not.
    """

    state: State
    body: str = ""
    error: str = ""
    call: StateChange.Call | None = StateChange.Call.USUAL
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is about to be kept; `after` are its next states, from the time `due` on (None: now).

    Without a `content_type` its callbacks are GETs. `write_receipt` writes the callback's body for a state that is not
    among them, with the carrier's code for why.
    """

    carrier: str
    ref: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    state: State = State.QUEUED
    error: str = ""
    direction: CapturedMessage.Direction = CapturedMessage.Direction.OUT
    details: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[NextState, ...] = ()
    callback: str = ""
    content_type: str = ""
    due: datetime | None = None
    write_receipt: Callable[[State, str], str] | None = None


@transaction.atomic
def keep(project: Project, draft: Draft) -> CapturedMessage:
    """Keep a message with the changes of state that are to come."""
    count = segments.count(draft.body)
    message = CapturedMessage.objects.create(
        project=project,
        carrier=draft.carrier,
        ref=draft.ref,
        direction=draft.direction,
        sender=draft.sender,
        recipient=draft.recipient,
        body=draft.body,
        media=list(draft.media),
        encoding=count.encoding,
        segments=count.segments,
        has_code=codes.find(draft.body, draft.sender) is not None,
        state=draft.state,
        error=draft.error,
        details=dict(draft.details),
        request=dict(draft.request),
        # what its program received somebody has sent on purpose: there is nothing to read
        unread=draft.direction == CapturedMessage.Direction.OUT,
        expires_at=Now() + project.retention,
    )
    add_changes(message, draft.after, draft.callback, draft.content_type, draft.due)
    message.refresh_from_db()
    return message


def add_changes(
    message: CapturedMessage,
    after: Iterable[NextState],
    callback: str = "",
    content_type: str = "",
    due: datetime | None = None,
) -> None:
    """Have a message enter states, one after another."""
    StateChange.objects.bulk_create(
        StateChange(
            message=message,
            state=change.state,
            url=callback if change.call is not None else "",
            content_type=content_type,
            body=change.body,
            error=change.error,
            call=change.call or StateChange.Call.USUAL,
            due_at=(due or Now()) + change.delay,
        )
        for change in after
    )


def redact(message: CapturedMessage) -> None:
    """Forget what a message says, also in the request that sent it."""
    message.body, message.has_code, message.media = "", False, []
    message.request = {**message.request, "body": ""}
    message.save(update_fields=["body", "has_code", "media", "request"])
    touch(message)


def touch(message: CapturedMessage) -> None:
    """Note that a message has changed."""
    CapturedMessage.objects.filter(pk=message.pk).update(updated_at=Now())
    message.refresh_from_db()


def forget(most: int = 10_000) -> int:
    """Delete what is older than its project keeps messages; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (SELECT id FROM sandbox_capturedmessage WHERE expires_at <= now() LIMIT %s),"
            " changes AS (DELETE FROM sandbox_statechange WHERE message_id IN (SELECT id FROM gone))"
            " DELETE FROM sandbox_capturedmessage WHERE id IN (SELECT id FROM gone)",
            [most],
        )
        return int(cursor.rowcount)
