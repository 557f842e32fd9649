"""A parsed body as a checked model; what does not fit is an InvalidField that names field, value and limit."""

import difflib
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from service.api.json_body import Json, expect_object, shown
from service.errors import InvalidField, Scalar

Body = TypeVar("Body", bound="StrictBody")

# What a message may repeat of a value: a code or a word of our own vocabulary, never a text.
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_-]{1,35}")


class StrictBody(BaseModel):
    """A body without room for what we do not know: a misspelt field is an error, and so is a string for a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def validate(kind: type[Body], parsed: Json) -> Body:
    """`parsed` as a `kind`; raises InvalidField with the first thing that does not fit."""
    try:
        return kind.model_validate(expect_object(parsed))
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False)[0], kind) from None


def plain(value: object) -> Scalar | None:
    """`value` if an error may show it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return value if not isinstance(value, str) or _PLAIN_VALUE.fullmatch(value) else None


def _invalid(error: ErrorDetails, kind: type[BaseModel]) -> InvalidField:
    field, context = _path(error["loc"]), error.get("ctx", {})
    value: Scalar | None = None
    limit: Scalar | None = None
    match error["type"]:
        case "missing":
            return InvalidField(f"{field} is missing", field=field)
        case "extra_forbidden":
            return InvalidField(f"{field} is no field of this request{_hint(field, kind)}", field=field)
        case "literal_error":
            value = plain(error["input"])
            message = f"{field} must be {context['expected']}"
        case "too_short" | "too_long":
            limit = context.get("min_length", context.get("max_length"))
            value = context["actual_length"]
            message = f"{field} has {value} items; the limit is {limit}"
        case "greater_than_equal" | "less_than_equal":
            value, limit = plain(error["input"]), context.get("ge", context.get("le"))
            message = f"{field} is {value}; the limit is {limit}"
        case "string_too_short":
            limit = context["min_length"]
            message = f"{field} must not be empty"
        case _:
            message = f"{field} {_expectation(error)}"
    return InvalidField(message, field=field, value=value, limit=limit)


def _expectation(error: ErrorDetails) -> str:
    expected = {"string": "a string", "int": "an integer", "list": "an array", "bool": "a boolean", "dict": "an object"}
    kind = expected.get(error["type"].partition("_")[0], "of another kind")
    return f"must be {kind}, not {_json_type(error['input'])}"


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    for kind, name in ((bool, "a boolean"), (str, "a string"), (int | float, "a number"), (list, "an array")):
        if isinstance(value, kind):
            return name
    return "an object"


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if path else shown(part)
    return path


def _hint(field: str, kind: type[BaseModel]) -> str:
    near = difflib.get_close_matches(field, kind.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""
