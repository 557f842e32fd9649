"""One tolerant reader for foreign dialects: query, form or JSON, whichever a client sends."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile

from service.api.json_body import Json, parse, read_body, shown
from service.api.multipart import MEDIA_TYPE, read_multipart, strict_utf8
from service.errors import BodyTooLarge, InvalidField, UnsupportedMediaType

_MAX_FIELDS = 2000
_LOSSLESS = "surrogateescape"  # how to read bytes that are not UTF-8 so that they can be told later
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Fields:
    """What was sent. A JSON value is as it was; a form's or query's is a list of all strings of that name."""

    values: dict[str, Any]
    is_json: bool

    def one(self, name: str) -> Any:
        """The value of `name`, the first of a form's; None where there is none."""
        value = self.values.get(name)
        return value if self.is_json or value is None else value[0]

    def many(self, name: str) -> list[Any]:
        """All values of `name`."""
        value = self.values.get(name)
        return [] if value is None else value if isinstance(value, list) else [value]

    def text(self, name: str) -> str | None:
        """The value of `name` if it says something; raises InvalidField if it is no string."""
        value = self.one(name)
        if value is None or isinstance(value, str):
            return value or None
        raise InvalidField(f"Value for '{name}' not supported.", field=name)


async def read_fields(request: Request, max_body_bytes: int | None = None) -> Fields:
    """The fields of `request`: those of a JSON body alone, or those of a form and of the query, which wins."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "GET" and (media_type == "application/json" or media_type.endswith("+json")):
        return Fields(_json(await _body(request, max_body_bytes)), is_json=True)
    return Fields({**await _form(request, media_type, max_body_bytes), **_query(request)}, is_json=False)


def _json(body: bytes) -> dict[str, Json]:
    parsed = parse(body)
    if not isinstance(parsed, dict):
        raise InvalidField("Invalid JSON format", field="body")
    return parsed


async def _body(request: Request, limit: int | None) -> bytes:
    body = await read_body(request)
    if limit is not None and len(body) > limit:
        message = f"the body has {len(body)} bytes; the limit is {limit}"
        raise BodyTooLarge(message, field="body", value=len(body), limit=limit)
    return body


def _query(request: Request) -> dict[str, list[str]]:
    return _pairs(request.scope["query_string"], "query")


async def _form(request: Request, media_type: str, limit: int | None) -> dict[str, list[str]]:
    body = await _body(request, limit)
    if not body:
        return {}
    if media_type == MEDIA_TYPE:
        return await _multipart(request, body)
    if media_type == _FORM:
        return _pairs(body, "body")
    if request.method == "GET":
        return {}
    raise UnsupportedMediaType("the body must be JSON or a form", field="Content-Type")


def _pairs(encoded: bytes, field: str) -> dict[str, list[str]]:
    """Names and values of a form; not Starlette's own reader, which takes UTF-8 for Latin-1."""
    fields: dict[str, list[str]] = {}
    try:
        lossless = parse_qsl(
            encoded.decode("utf-8", _LOSSLESS), keep_blank_values=True, errors=_LOSSLESS, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise InvalidField(f"the {field} has more than {_MAX_FIELDS} fields", field=field, limit=_MAX_FIELDS) from None
    for name, value in lossless:
        name = strict_utf8(_bytes(name), f"the name of a field of the {field}", field)
        fields.setdefault(name, []).append(strict_utf8(_bytes(value), shown(name), shown(name)))
    return fields


def _bytes(lossless: str) -> bytes:
    return lossless.encode("utf-8", _LOSSLESS)


async def _multipart(request: Request, body: bytes) -> dict[str, list[str]]:
    form = await read_multipart(
        request, _in_one_piece(body), max_files=0, max_fields=_MAX_FIELDS, max_part_bytes=len(body)
    )
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(value)
    return fields


async def _in_one_piece(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
