"""Messages to a project's program, as a carrier passes on what a phone sent."""

from collections.abc import Sequence

from inbox import segments
from inbox.sandbox import messages, projects
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from inbox.sandbox.played.inbound import PhoneMessage
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Media


def send(
    project: Project, carrier: str, sender: str, to: str, body: str, url: str, media: Sequence[Media] = ()
) -> CapturedMessage:
    """Keep a message to the program, and have it delivered to one of the program's addresses.

    Raises `Unsupported` for what the carrier does not pass on.
    """
    # Completed first: the carrier may have been captured since the project was made
    credential = projects.complete(project).credentials.filter(carrier=carrier).first()
    login = credential.login if credential else ""
    count = segments.count(body)
    sent = project.messages.filter(
        carrier=carrier, direction=CapturedMessage.Direction.OUT, recipient=sender
    ).order_by("-pk")
    details = sent.values_list("details", flat=True).first() or {}
    write_inbound = CARRIERS[carrier].write_inbound
    if write_inbound is None:
        raise Unsupported(carrier, "writing in its place")
    written = write_inbound(PhoneMessage(sender, to, body, count.segments, login, tuple(media), details))
    # The state is entered once: the other parts of a long message are only delivered
    parts = (NextState(State.RECEIVED, part, call=StateChange.Call.AGAIN) for part in written.more)
    draft = Draft(
        carrier=carrier,
        ref=written.ref,
        sender=sender,
        recipient=to,
        body=body,
        media=tuple(file.url for file in media),
        state=State.RECEIVED,
        direction=CapturedMessage.Direction.IN,
        after=(NextState(State.RECEIVED, written.body), *parts),
        callback=url,
        content_type=written.content_type,
    )
    return messages.keep(project, draft)
