"""The one ASGI application: hot paths in front, Django behind, WebSockets beside."""

import os
from typing import Any

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")

import django

from tempsms import startup

startup.refuse_unsafe()
django.setup(set_prefix=False)
startup.check_static_files()

# these need the apps
from channels.routing import URLRouter
from django.urls import re_path

from inbox import webhooks
from inbox.api import handler as api_handler
from inbox.capture import door as capture
from inbox.ingest import intake, refusals
from inbox.live import endings, hub, sse
from inbox.live.origin import same_origin
from inbox.live.websocket import NumberConsumer, RentalConsumer
from inbox.pages import media
from tempsms import readiness
from tempsms.lib import budgets, page_memory, postgres, redis
from tempsms.lib.asgi import App, Receive, Scope, Send, refuse
from tempsms.middleware.bodies import whole_bodies
from tempsms.middleware.budgets import API_PAGES, within_budgets
from tempsms.middleware.failures import answered_failures
from tempsms.middleware.requests import usable_requests
from tempsms.page_threads import PageHandler

pages = PageHandler()
bounded_pages = page_memory.remembered(whole_bodies(pages))
IN_FRONT: dict[str, App] = {
    "api": api_handler.make_app(),
    "webhooks": webhooks.app,
    "capture": capture.app,
    "sse": sse.app,
    "healthz": readiness.alive(pages),
    "readyz": readiness.ready(pages),
    "metrics": readiness.metrics,
}
# what a process must close at its end, in this order
PARTS = (endings, intake, refusals, hub, budgets, postgres, redis)


async def _no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to sockets at any other address."""
    await refuse(scope, send, 404, "no such socket")


unknown_socket: Any = _no_such_socket
SOCKETS = [
    re_path(r"^ws/numbers/\+?(?P<name>\d{3,15})/$", NumberConsumer.as_asgi()),
    re_path(r"^ws/r/(?P<name>[^/]+)/$", RentalConsumer.as_asgi()),
]
sockets = same_origin(URLRouter([*SOCKETS, re_path(r"", unknown_socket)]))


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand on to what serves the address."""
    if scope["type"] == "http":
        await _choose_app(scope["path"])(scope, receive, send)
    elif scope["type"] == "websocket":
        await sockets(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _handle_lifespan(receive, send)


def _choose_app(path: str) -> App:
    """By the first part of the path; some addresses below the API and below private pages are served otherwise."""
    if path in API_PAGES:
        return bounded_pages
    if media.serves(path):
        return media.app
    return IN_FRONT.get(path.split("/", 2)[1], bounded_pages)


async def _handle_lifespan(receive: Receive, send: Send) -> None:
    """Start is lazy (daphne has no lifespan); the end stores what is pending."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.shutdown":
            for part in PARTS:
                await part.close()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


application = answered_failures(usable_requests(within_budgets(route)))
