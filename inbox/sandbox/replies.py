"""Carries out what a program's answer to an incoming message asks of its carrier: replies, and where to ask next."""

import logging

from django.db import transaction

from inbox.sandbox import carrier_numbers, messages
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.captured.entry import CapturedCarrier
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, StateChange
from inbox.sandbox.played.answers import Mistake, ProgramAnswer, Reply
from numbers.carriers.errors import Unsupported

logger = logging.getLogger(__name__)

READ = 64 * 1024 + 1
"""Bytes of an answer that are read: one more than carriers take."""
MOST_DOCUMENTS = 50
"""Answers to one message that are asked for: /docs/api/errors/14106."""
_AHEAD = (State.SENT, State.DELIVERED)


def carry_out(change: StateChange, status: int, content_type: str, body: bytes) -> list[Mistake]:
    """Do what the answer to the call of a change asks; return what is wrong with it. Nothing is done twice."""
    try:
        with transaction.atomic():
            return _carry_out(change, status, content_type, body)
    except Exception as error:  # ours to mend; the answer stays noted, and the program is not called again
        logger.exception("an answer could not be carried out")
        return [Mistake("", f"not carried out: {type(error).__name__}")]


def _carry_out(change: StateChange, status: int, content_type: str, body: bytes) -> list[Mistake]:
    message = CapturedMessage.objects.select_related("project").filter(pk=change.message_id).first()
    if message is None or message.direction != CapturedMessage.Direction.IN:
        return []
    carrier = CARRIERS[message.carrier]
    if carrier.read_answer is None:
        return []
    owned = carrier_numbers.list_senders(message.project, message.carrier)
    answer = ProgramAnswer(change.url, status, content_type, body, owned)
    wanted = carrier.read_answer(answer)
    mistakes = list(wanted.mistakes)
    for reply in wanted.replies:
        _send_reply(carrier, message, reply)
    # A program could send its carrier from one of its addresses to another for ever
    if wanted.next_url and message.changes.count() >= MOST_DOCUMENTS:
        mistakes.append(Mistake("14106", "Document retrieval limit reached"))
    elif wanted.next_url:
        # The same message once more, at the address that the answer redirects to
        again = NextState(State.RECEIVED, change.body)
        messages.add_changes(message, [again], wanted.next_url, change.content_type)
    if mistakes:
        CapturedMessage.objects.filter(pk=message.pk).update(error=mistakes[0].code)
    return mistakes


def _send_reply(carrier: CapturedCarrier, message: CapturedMessage, reply: Reply) -> None:
    """Keep a reply, which its carrier delivers as any other message."""
    sender, recipient = reply.sender or message.recipient, reply.recipient or message.sender
    credential = message.project.credentials.filter(carrier=message.carrier).first()
    if carrier.write_reply is None:
        raise Unsupported(carrier.name, "replies in answers")
    written = carrier.write_reply(reply, sender, recipient, credential.login if credential else "")
    draft = Draft(
        carrier=message.carrier,
        ref=written.ref,
        sender=sender,
        recipient=recipient,
        body=reply.body,
        media=reply.media,
        details={**written.details, "reply_to": message.pk},
        after=tuple(NextState(state, written.write_receipt(state, "")) for state in _AHEAD),
        callback=reply.callback,
        content_type=written.content_type,
        write_receipt=written.write_receipt,
    )
    messages.keep(message.project, draft)
