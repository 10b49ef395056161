"""`/capture/vonage/...`, for both of Vonage's hosts: the official SDKs work with it, but for the address.

The paths of `rest.nexmo.com` and `api.nexmo.com` have nothing in common, but their errors differ in shape.
"""

from inbox.capture.serving import Endpoint, serve
from inbox.capture.vonage import messages, problems, sms
from tempsms.lib.asgi import App, Receive, Scope, Send

_HERE = "/capture/vonage"
_HIDDEN = ("api_secret", "sig")
_SMS = serve(
    Endpoint(
        {f"{_HERE}/sms/json": {"GET": sms.send, "POST": sms.send}},
        sms.refuse_fault,
        refuse_with=sms.refuse_with,
        hidden=_HIDDEN,
    )
)
_API = serve(
    Endpoint(
        {f"{_HERE}/v1/messages": {"POST": messages.send}},
        problems.refuse_fault,
        refuse_with=problems.refuse_with,
    )
)
_PREFIXES: dict[str, App] = {f"{_HERE}/sms/": _SMS}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve whichever API a path belongs to."""
    path = scope["path"]
    chosen = next((found for prefix, found in _PREFIXES.items() if path.startswith(prefix)), _API)
    await chosen(scope, receive, send)
