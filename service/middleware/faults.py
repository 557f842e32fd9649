"""The outermost net: whatever falls out of the application becomes an error that was foreseen."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.faults import respond
from service.errors import Internal
from service.logs import log_privately

log = logging.getLogger(__name__)


class FaultMiddleware:
    """Answers for an application that raised before it answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        has_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            if has_started:
                log_privately(log, "an answer broke off", error)
                raise Internal("the answer broke off") from None
            await respond(error, scope)(scope, receive, send)
