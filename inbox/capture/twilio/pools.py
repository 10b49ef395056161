"""Which sender a Messaging Service sends from, with Twilio's codes for why none."""

from inbox.capture.twilio.addresses import check_service
from inbox.capture.twilio.errors import refuse
from inbox.sandbox import services
from inbox.sandbox.models import MessagingService, Project


def find_service(project: Project, sid: str) -> MessagingService | None:
    """The service with this id; None if the project has no services at all, as then every one is taken for one.

    Raises `TwilioError`.
    """
    check_service(sid)
    known = project.services.filter(carrier="twilio")
    service = known.filter(ref=sid).first()
    if service is None and known.exists():
        raise refuse(21701, "The Messaging Service does not exist.")
    return service


def choose_sender(service: MessagingService, sender: str, recipient: str) -> str:
    """The sender of a service's message, which is the one that is asked for if it is the service's.

    Raises `TwilioError`.
    """
    if sender:
        pool = service.senders.filter(name=sender) | service.senders.filter(number__e164=sender)
        if not pool.exists():
            text = "Phone Number, Shortcode, or AlphaSender is not associated to the specified Messaging Service."
            raise refuse(21711, text)
        return sender
    try:
        return services.choose_sender(service, recipient)
    except services.NoSender:
        raise refuse(21704, "The Messaging Service contains no phone numbers.") from None
