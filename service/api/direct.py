"""A route that the framework describes and does not run: its endpoint reads the request and makes the answer itself."""

from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send


class DirectRoute(APIRoute):
    """Its endpoint is an `async` function of the request alone that returns a response."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = self._respond

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the endpoint: no dependencies to solve, no answer to check. What it raises is answered further out."""
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)
