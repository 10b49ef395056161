"""`/capture/<carrier>/...`: hands each request to the carrier that it is meant for."""

import orjson

from inbox.capture.aws.endpoint import app as aws
from inbox.capture.bandwidth.endpoint import ENDPOINT as BANDWIDTH
from inbox.capture.infobip.endpoint import ENDPOINT as INFOBIP
from inbox.capture.messagebird.endpoint import ENDPOINT as MESSAGEBIRD
from inbox.capture.plivo.endpoint import ENDPOINT as PLIVO
from inbox.capture.serving import serve
from inbox.capture.sinch.endpoint import ENDPOINT as SINCH
from inbox.capture.telnyx.endpoint import ENDPOINT as TELNYX
from inbox.capture.twilio.endpoint import ENDPOINT as TWILIO
from inbox.capture.vonage import endpoint as vonage
from tempsms.lib.asgi import App, Receive, Scope, Send, respond

CARRIERS: dict[str, App] = {
    "twilio": serve(TWILIO),
    "vonage": vonage.app,
    "telnyx": serve(TELNYX),
    "plivo": serve(PLIVO),
    "aws": aws,
    "sinch": serve(SINCH),
    "bandwidth": serve(BANDWIDTH),
    "infobip": serve(INFOBIP),
    "messagebird": serve(MESSAGEBIRD),
}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve all captured carriers as one ASGI application."""
    # Carriers have nothing in common behind this part of the path
    name = next(iter(scope["path"].split("/")[2:]), "")
    if carrier := CARRIERS.get(name):
        await carrier(scope, receive, send)
        return
    known = ", ".join(CARRIERS)
    answer = {"status": 404, "message": f"no such carrier is captured here: one of {known}"}
    await respond(send, 404, orjson.dumps(answer), "application/json")
