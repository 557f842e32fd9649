"""A route that the framework describes and does not run: its endpoint reads the request and makes the answer itself."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute


class DirectRoute(APIRoute):
    """Its endpoint is an `async` function of the request alone that returns a response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint: no dependencies to solve, no answer to check."""
        return self.endpoint
