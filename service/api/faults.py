"""Every failure as its answer: which error it is, its status, and its body in the dialect of the route."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from service.api.dialects import Dialect, dialect_of
from service.engine import errors as engine
from service.errors import (
    ClientGone,
    DeadlineExceeded,
    DeadlineUnreachable,
    Internal,
    InvalidField,
    InvalidMarkup,
    KeyInvalid,
    KeyMissing,
    MethodNotAllowed,
    NotFound,
    NotReady,
    Overloaded,
    RateLimited,
    RequestTooLarge,
    ServiceError,
    SourceUndetected,
    TextTooLong,
    UnsupportedPair,
)
from service.logs import log_privately
from service.translation import TextError

log = logging.getLogger(__name__)

_RETRY_AFTER_S = 5.0
_INTERNAL = "the service failed; its log says how"


def install(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Let `app`, which has these `routes`, answer for its own, the framework's and the engine's errors alike."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for route in routes:
        if isinstance(route, Route):
            methods[route.path] |= route.methods or set()

    async def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 405:
            # The framework knows the methods of one route, and a path may have several.
            allowed = methods.get(getattr(request.scope.get("route"), "path", ""))
            error = error if allowed is None else HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        return respond(error, request.scope)

    for kind in (ServiceError, HTTPException, RequestValidationError, engine.EngineError):
        app.add_exception_handler(kind, handle)


def respond(error: Exception, scope: Scope) -> Response:
    """The answer to a request that failed with `error`."""
    known = as_service_error(error)
    if known.status >= 500 and isinstance(known, Internal):
        log_privately(log, "a request failed", error)
    state = scope.get("state", {})
    state.setdefault("event", {})["error"] = known.code
    status, body = _render(known, dialect_of(scope.get("path", "")), state.get("request_id", ""))
    headers = _headers(known, status)
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, headers, "application/json")


def _render(error: ServiceError, dialect: Dialect, request_id: str) -> tuple[int, dict[str, Any]]:
    """Status and body of `error` as clients of `dialect` expect them."""
    match dialect:
        case Dialect.LIBRETRANSLATE:
            status = error.libretranslate_status or error.foreign_status or error.status
            return status, {"error": _in_words_of_libretranslate(error)}
        case Dialect.DEEPL:
            return error.deepl_status or error.foreign_status or error.status, {"message": error.message}
        case _:
            return error.status, envelope(error, request_id)


def _in_words_of_libretranslate(error: ServiceError) -> str:
    """The message; its clients compare some of them."""
    match error:
        case KeyMissing():
            return "Please contact the server operator to get an API key"
        case KeyInvalid():
            return "Invalid API key"
        case RateLimited():
            unit = "" if error.field is None else "characters "
            return f"Slowdown: {error.limit} {unit}per 1 minute"
        case _:
            return error.message


def _headers(error: ServiceError, status: int) -> dict[str, str]:
    """Headers of `error` that fit `status`: some clients send again whatever comes with `Retry-After`."""
    fits = {"Retry-After": status in (429, 503), "WWW-Authenticate": status == 401}
    return {name: value for name, value in error.headers.items() if fits.get(name, True)}


def envelope(error: ServiceError, request_id: str) -> dict[str, dict[str, Any]]:
    """The body of the native dialect; `field`, `value` and `limit` where there are any."""
    facts = {"field": error.field, "value": error.value, "limit": error.limit}
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return {"error": {"code": error.code, "message": error.message, **known, "request_id": request_id}}


def as_service_error(error: Exception) -> ServiceError:
    """What a client may know of `error`."""
    match error:
        case ServiceError():
            return error
        case engine.EngineError():
            return _of_engine(error)
        case HTTPException():
            return _of_framework(error)
        case RequestValidationError():
            return InvalidField("the request does not fit its description")
        case _:
            return Internal(_INTERNAL)


def _of_engine(error: engine.EngineError) -> ServiceError:
    match error:
        case engine.QueueFull():
            return Overloaded(str(error), error.retry_after_s)
        case engine.DeadlineUnreachable():
            return DeadlineUnreachable("the deadline would pass in the queue", error.retry_after_s)
        case engine.RequestTooLarge():
            return RequestTooLarge(str(error), field="texts", value=error.num_tokens, limit=error.limit)
        case engine.NotReady():
            return NotReady("the service is not ready", _RETRY_AFTER_S)
        case engine.DeadlineExceeded():
            return DeadlineExceeded("the deadline passed before the translation was done")
        case engine.Cancelled():
            return ClientGone("the request was given up")
        case _:
            return Internal(_INTERNAL)


def _of_framework(error: HTTPException) -> ServiceError:
    match error.status_code:
        case 404:
            return NotFound("there is nothing here")
        case 405:
            allow = (error.headers or {}).get("Allow", "")
            return MethodNotAllowed(f"this route takes {allow or 'another method'}", allow)
        case status if status < 500:
            return InvalidField("the request cannot be read")
        case _:
            return Internal(_INTERNAL)


_OF_TEXT: dict[str, Callable[[str], ServiceError]] = {
    "text_too_long": TextTooLong,
    "unsupported_pair": UnsupportedPair,
    "source_undetected": SourceUndetected,
    "invalid_markup": InvalidMarkup,
    "deadline_exceeded": lambda _: DeadlineExceeded("the deadline passed before the translation was done"),
    "not_ready": lambda _: NotReady("the service stopped before the translation was done", _RETRY_AFTER_S),
}


def of_text(error: TextError) -> ServiceError:
    """The error of a whole request whose texts all failed with `error`."""
    make = _OF_TEXT.get(error.code)
    return Internal(_INTERNAL) if make is None else make(error.message)
