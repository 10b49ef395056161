"""Webhooks and replies as Twilio writes them: https://www.twilio.com/docs/messaging/guides/webhook-request."""

import secrets
from urllib.parse import urlencode

from inbox.sandbox.played.answers import Reply, WrittenReply
from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from inbox.sandbox.played.twilio_receipts import FORM, VERSION, ReceiptWriter


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """The form of a received message, without the places that Twilio guesses."""
    media = message.media
    ref = ("MM" if media else "SM") + secrets.token_hex(16)
    files = {f"MediaContentType{n}": one.content_type for n, one in enumerate(media)}
    files |= {f"MediaUrl{n}": one.url for n, one in enumerate(media)}
    fields = {
        "ToCountry": "",
        "SmsMessageSid": ref,
        "NumMedia": str(len(media)),
        "SmsSid": ref,
        "SmsStatus": "received",
        "Body": message.body,
        "FromCountry": "",
        "To": message.recipient,
        "NumSegments": str(message.segments),
        "MessageSid": ref,
        "AccountSid": message.login,
        "From": message.sender,
        "ApiVersion": VERSION,
    }
    content_type = "application/x-www-form-urlencoded; charset=UTF-8"
    return WrittenInbound(ref, content_type, urlencode(files | fields))


def write_reply(reply: Reply, sender: str, recipient: str, login: str) -> WrittenReply:
    """A reply is a message of the account's."""
    ref = ("MM" if reply.media else "SM") + secrets.token_hex(16)
    writer = ReceiptWriter(login, ref, sender, recipient)
    return WrittenReply(ref, FORM, writer.write, {"account_sid": login, "messaging_service_sid": None})
