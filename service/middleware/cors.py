"""Lets web pages of other origins use the LibreTranslate dialect, as its clients expect; without credentials."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.dialects import Dialect, dialect_of

_MAX_AGE_S = 1_728_000


class CrossOriginMiddleware:
    """Adds the headers to one dialect's answers and answers for it when a browser asks first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            max_age=_MAX_AGE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_open = scope["type"] == "http" and dialect_of(scope["path"]) is Dialect.LIBRETRANSLATE
        await (self._open if is_open else self._app)(scope, receive, send)
