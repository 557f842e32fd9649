"""Reads a request's body as JSON and refuses what would only fail later: each fault with the field that it is in."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any

from starlette.requests import Request

from service.api.perform import core_of, header
from service.errors import BodyTimeout, ClientGone, InvalidField, InvalidJson, UnsupportedMediaType

MAX_DEPTH = 16
_MAX_DIGITS = 20  # of a whole number
WHOLE_BODY = "has_whole_body"  # in a request's state, set by a server that has all of the body: nothing to wait for
Json = Any  # what `json.loads` gives; narrowed by a schema or a reader right after

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json")


async def read_body(request: Request) -> bytes:
    """The whole body, once: nobody keeps it. Raises ClientGone or BodyTimeout if it does not come."""
    if request.scope["state"].get(WHOLE_BODY):
        return await _body(request)
    limit_s = core_of(request).settings.max_body_wait_s
    try:
        async with asyncio.timeout(limit_s):
            return await _body(request)
    except TimeoutError:
        raise BodyTimeout(f"the body did not come within {limit_s:g} s", field="body", limit=limit_s) from None


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    while (message := await request.receive())["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
    raise ClientGone("the client hung up while it sent")


async def read_json(request: Request) -> Json:
    """The body of a request that says that it is JSON.

    Raises:
        UnsupportedMediaType, InvalidJson, InvalidField
    """
    media_type, _, parameters = (header(request, b"content-type") or "").partition(";")
    if not _JSON_TYPE.fullmatch(media_type.strip().lower()):
        raise UnsupportedMediaType("the body must be JSON: Content-Type: application/json", field="Content-Type")
    if "charset" in parameters.lower() and not re.search(r"charset=\"?utf-8\"?", parameters, re.IGNORECASE):
        raise UnsupportedMediaType("JSON is read in UTF-8 only", field="Content-Type")
    return parse(await read_body(request))


def parse(body: bytes) -> Json:
    """`body` as JSON with finite numbers, whole characters, no key twice and nothing deeper than MAX_DEPTH."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson(f"the body is not UTF-8 at byte {error.start}", field="body") from None
    try:
        if _is_flat(text):
            with suppress(_Doubtful):  # parsed again then, to find out where the fault is
                return _quick_decoder.decode(text)
        parsed = _decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(f"the body is not JSON: {error.msg} at {where}", field="body") from None
    except RecursionError:
        raise InvalidJson(_TOO_DEEP, field="body", limit=MAX_DEPTH) from None
    _refuse_faults(parsed, "", 0)
    return parsed


@dataclass(frozen=True)
class _Fault:
    """Stands in the parsed tree where something was wrong, until the walk finds out where that is."""

    message: str


_TOO_DEEP = f"the body is nested too deeply; the limit is {MAX_DEPTH}"


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    parsed: dict[str, Json] = {}
    for key, value in pairs:
        parsed[key] = _Fault("is there twice") if key in parsed else value
    return parsed


def _constant(name: str) -> _Fault:
    return _Fault(f"is {name}, which is not a JSON number")


def _float(digits: str) -> float | _Fault:
    number = float(digits)
    return number if isfinite(number) else _Fault("is a number out of range")


def _integer(digits: str) -> int | _Fault:
    return int(digits) if len(digits) <= _MAX_DIGITS else _Fault("is a number out of range")


class _Doubtful(ValueError):
    """A body that has, or may have, a fault in what it says."""


def _is_flat(text: str) -> bool:
    """Whether what is not deep, and has no half of a surrogate pair, can be told by a look at `text`."""
    return "\\u" not in text and text.count("{") + text.count("[") <= MAX_DEPTH


def _plain_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        raise _Doubtful
    return parsed


def _plain_float(digits: str) -> float:
    if not isfinite(number := float(digits)):
        raise _Doubtful
    return number


def _plain_integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _Doubtful
    return int(digits)


def _doubt(_: str) -> Json:
    raise _Doubtful


# `json.loads` would make one for each body.
_quick_decoder = json.JSONDecoder(
    object_pairs_hook=_plain_object, parse_constant=_doubt, parse_float=_plain_float, parse_int=_plain_integer
)
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer)


def _refuse_faults(value: Json, field: str, depth: int) -> None:
    if isinstance(value, _Fault):
        raise InvalidJson(f"{field or 'the body'} {value.message}", field=field or "body")
    if isinstance(value, str):
        if not _is_whole(value):
            raise InvalidJson(f"{field or 'the body'} holds half of a surrogate pair", field=field or "body")
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise InvalidJson(_TOO_DEEP, field=field, limit=MAX_DEPTH)
        if isinstance(value, dict) and not all(map(_is_whole, value)):
            raise InvalidJson("a key holds half of a surrogate pair", field=field or "body")
        for name, part in _parts(value, field):
            _refuse_faults(part, name, depth + 1)


def _parts(value: dict[str, Json] | list[Json], field: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        return ((f"{field}[{index}]", part) for index, part in enumerate(value))
    return ((f"{field}.{shown(key)}" if field else shown(key), part) for key, part in value.items())


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(key: str) -> str:
    """A key as messages may show it: it is the client's and might hold anything."""
    return key if _PLAIN_NAME.fullmatch(key) else "(unprintable)"


def expect_object(parsed: Json) -> dict[str, Json]:
    """`parsed` if it is an object."""
    if not isinstance(parsed, dict):
        raise InvalidField("the body must be a JSON object", field="body")
    return parsed
