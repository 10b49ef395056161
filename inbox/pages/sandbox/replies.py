"""What somebody writes as the phone that a program sent to: where it goes, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from django.utils.translation import gettext

from inbox.messages.matching import LONGEST_SENDER
from inbox.sandbox import inbound
from inbox.sandbox.messages import LONGEST_URL
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from numbers.carriers.errors import Unsupported

LONGEST = 1600


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of a phone to the program: by which carrier, to which of its numbers, and to which address."""

    body: str = ""
    carrier: str = ""
    to: str = ""
    url: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def propose(cls, project: Project, phone: str) -> Self:
        """An empty reply to the newest message, to where the program took one the last time."""
        messages = CapturedMessage.objects.filter(project=project).order_by("-pk")
        sent = messages.filter(recipient=phone, direction=CapturedMessage.Direction.OUT).first()
        known = list_carriers(project)
        carrier = sent.carrier if sent and sent.carrier in known else next(iter(known), "")
        return cls("", carrier, sent.sender if sent else "", find_target(project, carrier))

    @classmethod
    def read(cls, project: Project, phone: str, form: Mapping[str, str]) -> Self:
        """What a form says, with a text for each field that cannot be sent so."""
        # as a form writes line breaks
        body = form.get("body", "").replace("\r\n", "\n")
        carrier, to, url = (form.get(name, "").strip() for name in ("carrier", "to", "url"))
        errors = {}
        if not body.strip() or len(body) > LONGEST or "\0" in body:
            errors["body"] = gettext("Write a text of at most %(count)d characters.") % {"count": LONGEST}
        if carrier not in list_carriers(project):
            errors["carrier"] = gettext("Choose a carrier.")
        if not _is_address(to) or not _is_address(phone):
            errors["to"] = gettext("Say which of your program’s numbers it goes to.")
        if not _is_url(url):
            errors["url"] = gettext(
                "Say where your program takes messages: an address that begins with http:// or https://."
            )
        return cls(body, carrier, to, url, errors)


def list_carriers(project: Project) -> list[str]:
    """Those that the sandbox plays towards the project's programs."""
    return sorted(project.credentials.values_list("carrier", flat=True))


def send(project: Project, phone: str, reply: Reply) -> Reply:
    """Have it delivered; return it, with what is wrong if its carrier passes on no such message."""
    try:
        inbound.send(project, reply.carrier, phone, reply.to, reply.body, reply.url)
    except Unsupported as error:
        return replace(reply, errors={"carrier": str(error)})
    return reply


def find_target(project: Project, carrier: str) -> str:
    """The address to which the newest message to the program went, or an empty text."""
    changes = StateChange.objects.filter(
        message__project=project,
        message__carrier=carrier,
        message__direction=CapturedMessage.Direction.IN,
    ).exclude(url="")
    return changes.order_by("-pk").values_list("url", flat=True).first() or ""


def _is_address(text: str) -> bool:
    return 0 < len(text) <= LONGEST_SENDER and text.isprintable()


def _is_url(text: str) -> bool:
    return (
        len(text) <= LONGEST_URL
        and text.isprintable()
        and " " not in text
        and text.startswith(("http://", "https://"))
    )
