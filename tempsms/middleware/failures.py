"""The outermost layer: unexpected errors are answered like any other failure of ours, and logged."""

import logging
from collections.abc import MutableMapping
from typing import Any

from tempsms.lib.asgi import App, Receive, Scope, Send
from tempsms.middleware.refusals import refuse

logger = logging.getLogger(__name__)

FAILED = 4500
"""Closes an open socket: pages connect again, or poll."""


def answered_failures(app: App) -> App:
    """An application that raises nothing: 503 with Retry-After when no answer has begun, else a torn answer."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        begun = left = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun, left
            begun = True
            try:
                await send(message)
            # both servers' word for a peer that has left; from anywhere else it is our own trouble
            except OSError:
                left = True
                raise

        try:
            await app(scope, receive, sending)
        except Exception as error:
            if scope["type"] == "lifespan":
                raise
            if left:
                logger.info("a client disconnected during an answer: %s", type(error).__name__)
                return
            # the rest of the path may hold a token
            logger.exception("a request under /%s failed", scope["path"].strip("/").partition("/")[0][:20])
            # raised, it would be logged again by uvicorn, and end the loop in which daphne looks after connections
            if not begun:
                await refuse(scope, send, 503, "try again", [("retry-after", "10")])
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": FAILED})

    return answering
