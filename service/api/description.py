"""The OpenAPI description: bodies that we read ourselves, the errors of each route, and nothing that is not so."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from service import errors
from service.errors import ServiceError
from service.text.faults import MAX_CHARACTER_RATIO, MAX_MORE_CHARACTERS

REFERENCE = "#/components/schemas/{model}"

# What holds for the text of every translation, in all dialects; counted in characters, without markup.
GREATEST_LENGTH = (
    f"It has at most {MAX_CHARACTER_RATIO} times as many characters as its source, "
    f"and {MAX_MORE_CHARACTERS} more for each segment."
)

# What any route may answer, whatever it does, and what any route with a body may.
ALWAYS = (errors.MethodNotAllowed, errors.UrlTooLong, errors.HeadersTooLarge, errors.Internal)
READING = (
    errors.InvalidJson,
    errors.InvalidField,
    errors.BodyTimeout,
    errors.BodyTooLarge,
    errors.UnsupportedMediaType,
)
# What any route may answer that works for the owner of a key.
KEYED = (errors.KeyMissing, errors.KeyInvalid, errors.RateLimited, errors.QuotaExceeded)

# Where this dialect looks for a key; without keys in use none is needed.
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


class ErrorFacts(BaseModel):
    """Why a request failed."""

    code: str = Field(description="Stable; programs may depend on it.")
    message: str = Field(description="For people: names the field, its value and the limit.")
    field: str | None = None
    value: str | int | float | None = None
    limit: str | int | float | None = None
    request_id: str


class ErrorAnswer(BaseModel):
    """The one form of all errors of this dialect."""

    error: ErrorFacts


def failures(*kinds: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """The documented errors of a route: its own `kinds`, and those of every route."""
    codes: defaultdict[int, list[str]] = defaultdict(list)
    documented: tuple[type[ServiceError], ...] = (*kinds, *ALWAYS)
    for kind in documented:
        codes[kind.status].append(kind.code)
    return {
        status: {"model": ErrorAnswer, "description": ", ".join(f"`{code}`" for code in codes[status])}
        for status in sorted(codes)
    }


def body(kind: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads a `kind` by itself."""
    schema = {"$ref": REFERENCE.format(model=kind.__name__)}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def headers(*names: str) -> list[dict[str, Any]]:
    """`parameters` of a route for headers of ours that it heeds."""
    about = {
        "X-Deadline-Ms": (
            {"type": "integer", "minimum": 1, "maximum": 9_999_999_999},
            "How long the client will wait.",
        ),
        "X-Priority": ({"type": "string", "enum": ["interactive", "bulk"]}, "The lower of this and the body's counts."),
    }
    return [
        {"name": name, "in": "header", "required": False, "schema": about[name][0], "description": about[name][1]}
        for name in names
    ]


def install(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> None:
    """Let `app` describe itself, once, with the schemas of `bodies` that its routes refer to."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app, bodies)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _describe(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> dict[str, Any]:
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        license_info=app.license_info,
    )
    described["components"]["securitySchemes"] = _SECURITY
    described["security"] = [{}, *({name: []} for name in _SECURITY)]
    schemas = described["components"]["schemas"]
    for kind in bodies:
        schema = kind.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[kind.__name__] = schema
    # The framework announces an error of its own for routes with parameters; ours never happens.
    for operation in (operation for path in described["paths"].values() for operation in path.values()):
        operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return described
