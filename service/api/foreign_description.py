"""How the routes of foreign dialects are described: their fields, which we read ourselves, and their errors."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_ABOUT = {
    400: "Something is missing, wrong or not served",
    403: "Not offered here, or the key is missing or not valid",
    404: "There is no such thing",
    405: "Another method",
    408: "The body did not come in time",
    413: "The body is too large",
    414: "The URL is too long",
    415: "Neither JSON nor a form",
    429: "Slow down; see `Retry-After`",
    431: "The headers are too large",
    456: "The quota of the month is used up",
    500: "A fault of the service",
    503: "Starting or stopping; see `Retry-After`",
    504: "The deadline passed",
}


def failures(field: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route whose errors are told in the one string `field`."""
    schema = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    return {
        status: {"description": about, "content": {"application/json": {"schema": schema}}}
        for status, about in _ABOUT.items()
    }


def fields(
    properties: dict[str, Any],
    required: tuple[str, ...],
    example: dict[str, Any],
    in_forms: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """`openapi_extra` of a route that reads `properties` from JSON or a form; `in_forms` has what differs there."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    form = {**schema, "properties": {**properties, **in_forms}}
    content: dict[str, Any] = {
        "application/json": {"schema": schema, "example": example},
        "application/x-www-form-urlencoded": {"schema": form},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}


def query(described: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads the fields which `fields` has described from its query."""
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    return {
        "parameters": [
            {"name": name, "in": "query", "required": name in schema["required"], "schema": each}
            for name, each in schema["properties"].items()
        ]
    }


def one_or_many(schema: dict[str, Any]) -> dict[str, Any]:
    """A value, or an array of such values."""
    return {"oneOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
