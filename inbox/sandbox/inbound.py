"""Messages to a project's program, as a carrier passes on what a phone sent."""

from inbox import segments
from inbox.sandbox import messages
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project
from numbers import carriers


def send(project: Project, carrier: str, sender: str, to: str, body: str, url: str) -> CapturedMessage:
    """Keep a message to the program, and have it delivered to one of the program's addresses."""
    credential = project.credentials.filter(carrier=carrier).first()
    login = credential.login if credential else ""
    count = segments.count(body)
    written = carriers.get(carrier).write_inbound(sender, to, body, count.segments, login)
    draft = Draft(
        carrier=carrier,
        ref=written.ref,
        sender=sender,
        recipient=to,
        body=body,
        state=State.RECEIVED,
        direction=CapturedMessage.Direction.IN,
        after=(NextState(State.RECEIVED, written.body),),
        callback=url,
        content_type=written.content_type,
    )
    return messages.keep(project, draft)
