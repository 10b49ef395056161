"""`/capture/vonage/...`, for both of Vonage's hosts: the official SDKs work with it, but for the address.

The paths of `rest.nexmo.com` and `api.nexmo.com` have nothing in common, but their errors differ in shape.
"""

from inbox.capture.serving import Endpoint, serve
from inbox.capture.vonage import messages, numbers, problems, sms, verify
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
_VERIFY = rf"{_HERE}/v2/verify/(?P<ref>[0-9A-Za-z-]{{1,64}})"
_API = serve(
    Endpoint(
        {
            f"{_HERE}/v1/messages": {"POST": messages.send},
            f"{_HERE}/v2/verify": {"POST": verify.start},
            _VERIFY: {"POST": verify.check, "DELETE": verify.cancel},
            rf"{_VERIFY}/next[-_]workflow": {"POST": verify.trigger_next},
        },
        problems.refuse_fault,
        refuse_with=problems.refuse_with,
    )
)
_NUMBERS = serve(
    Endpoint(
        {
            f"{_HERE}/number/search": {"GET": numbers.search},
            f"{_HERE}/number/buy": {"POST": numbers.buy},
            f"{_HERE}/number/cancel": {"POST": numbers.cancel},
            f"{_HERE}/number/update": {"POST": numbers.update},
            f"{_HERE}/account/numbers": {"GET": numbers.list_owned},
            f"{_HERE}/account/get-balance": {"GET": numbers.read_balance},
        },
        numbers.refuse_fault,
        hidden=_HIDDEN,
    )
)
_PREFIXES: dict[str, App] = {
    f"{_HERE}/sms/": _SMS,
    f"{_HERE}/number/": _NUMBERS,
    f"{_HERE}/account/": _NUMBERS,
}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve whichever API a path belongs to."""
    path = scope["path"]
    chosen = next((found for prefix, found in _PREFIXES.items() if path.startswith(prefix)), _API)
    await chosen(scope, receive, send)
