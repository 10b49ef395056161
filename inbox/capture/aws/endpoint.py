"""`/capture/aws/`: both services have one address, as with `AWS_ENDPOINT_URL`; a header tells them apart."""

from inbox.capture.aws import sms_voice, sns
from inbox.capture.serving import serve
from tempsms.lib.asgi import Receive, Scope, Send

_sms_voice, _sns = serve(sms_voice.ENDPOINT), serve(sns.ENDPOINT)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve AWS as an ASGI application."""
    # SNS is asked with forms, and has no such header
    speaks_json = any(name == b"x-amz-target" for name, _ in scope["headers"])
    await (_sms_voice if speaks_json else _sns)(scope, receive, send)
