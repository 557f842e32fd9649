"""Routes that the framework describes and does not run: the endpoint reads the request and makes the answer itself.

A translation of one sentence takes a few milliseconds. The framework's way to an endpoint, through its table of routes
and its own layers of error handling, takes most of a tenth of one.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class DirectRoute(APIRoute):
    """Its endpoint is an `async` function of the request alone that returns a response."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = self.respond

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the endpoint: no dependencies to solve, no answer to check. What it raises is answered further out."""
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


class DirectMiddleware:
    """Runs those of `routes` that are direct as soon as it sees their method and path; leaves all others to `app`."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        direct = [route for route in routes if isinstance(route, DirectRoute)]
        self._routes = {(method, route.path): route for route in direct for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            return await self._app(scope, receive, send)
        scope["route"] = route  # whose template the metrics and the log show
        await route.respond(scope, receive, send)
