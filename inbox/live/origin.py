"""Cross-site WebSocket hijacking: a browser's socket must come from our own pages (RFC 6455 section 10.2)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from tempsms.lib import web_origin
from tempsms.lib.asgi import App, Receive, Scope, Send, refuse


def same_origin(app: App) -> App:
    """Refuse (403) sockets whose Origin is not ours; programs that are not browsers send none, and are let through."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if _may_open(scope):
            await app(scope, receive, send)
        else:
            await refuse(scope, send, 403, "sockets only from our own pages")

    return guarded


def _may_open(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    scheme = "https" if scope.get("scheme") in ("wss", "https") else "http"
    asked = f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}"
    return origin is None or is_ours(origin.decode("latin-1"), asked)


def is_ours(origin: str, asked: str) -> bool:
    """Whether an origin is one of ours: PUBLIC_URL's scheme and port at a host of ALLOWED_HOSTS.

    Outside deployments, where one's own machine has many names and ports, also the one that was asked for.
    """
    try:
        origin = web_origin.normalise(origin)
        parts, public = urlsplit(origin), urlsplit(settings.PUBLIC_URL)
        named = [host for host in settings.ALLOWED_HOSTS if host != "*"]
        if (parts.scheme, parts.port) == (public.scheme, public.port) and validate_host(
            web_origin.host_of(origin), named
        ):
            return True
        hosts = settings.ALLOWED_HOSTS
        return (
            not settings.DEPLOYED
            and origin == web_origin.normalise(asked)
            and validate_host(web_origin.host_of(asked), hosts)
        )
    except ValueError:
        return False
