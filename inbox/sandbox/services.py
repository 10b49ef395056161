"""Services that send for a project: which of its senders one uses, and where the program takes what comes in."""

from zlib import crc32

import phonenumbers

from inbox.sandbox.models import MessagingService, Project, ProjectNumber
from numbers.carriers.toolkit.senders import takes_names


class NoSender(Exception):
    """The service has none that can send."""


def choose_sender(service: MessagingService, recipient: str) -> str:
    """The sender of a message: a name where names can send, or else a number, if possible of the same country.

    The same recipient always has the same sender, as long as the service has it. Raises `NoSender`.
    """
    senders = list(service.senders.select_related("number").order_by("pk"))
    country = calling_code(recipient)
    names = [sender.name for sender in senders if sender.number is None]
    if names and takes_names(recipient):
        return names[0]
    numbers = [sender.number.e164 for sender in senders if sender.number]
    near = [e164 for e164 in numbers if calling_code(e164) == country]
    pool = near or numbers
    if not pool:
        raise NoSender
    # Not hash(), which differs from process to process
    return pool[crc32(recipient.encode()) % len(pool)]


def calling_code(e164: str) -> int:
    """A number's country's calling code; 0 for what is none."""
    try:
        return phonenumbers.parse(e164).country_code or 0
    except phonenumbers.NumberParseException:
        return 0


def find_inbound_url(project: Project, carrier: str, e164: str) -> str:
    """Where the program takes messages to one of its numbers: as its service says, or it does. Empty: nowhere."""
    number = (
        ProjectNumber.objects.select_related("sender__service")
        .filter(project=project, carrier=carrier, e164=e164)
        .first()
    )
    if number is None:
        return ""
    sender = getattr(number, "sender", None)
    if sender and sender.service.inbound_url and not sender.service.settings.get("UseInboundWebhookOnNumber"):
        return str(sender.service.inbound_url)
    return number.inbound_url
