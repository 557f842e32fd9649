"""The bodies of the LibreTranslate dialect, as they are described."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.api.description import GREATEST_LENGTH
from service.api.foreign_description import failures, fields
from service.text.tokens import Format

FAILURES = failures("error")
_TEXT = {"type": "string"}
_CODE = {"type": "string", "minLength": 1}
_ONE = {"type": "string", "minLength": 1}
_Q = {"oneOf": [_ONE, {"type": "array", "items": _TEXT, "minItems": 1}]}
_Q_OF_FORM = {"oneOf": [_ONE, {"type": "array", "items": _TEXT, "minItems": 2}]}  # one of them is no array there
FORMATS: dict[str, Format] = {"text": "text", "html": "html"}
TRANSLATE = fields(
    {
        "q": _Q,
        "source": {**_CODE, "description": "A code, or `auto`."},
        "target": _CODE,
        "format": {**_TEXT, "enum": list(FORMATS), "default": "text"},
        "alternatives": {"type": ["integer", "null"], "default": 0, "description": "Wanted; there may be fewer."},
        "api_key": {"type": ["string", "null"]},
    },
    required=("q", "source", "target"),
    example={"q": "A man is riding a bicycle.", "source": "en", "target": "de"},
    in_forms={"q": _Q_OF_FORM},
)
DETECT = fields(
    {"q": _Q, "api_key": {"type": ["string", "null"]}},
    required=("q",),
    example={"q": "A man is riding a bicycle."},
    in_forms={"q": _Q_OF_FORM},
)


class LibreDetected(TypedDict):
    """A language and how sure we are, from 0 to 100."""

    confidence: float
    language: str


UNKNOWN: LibreDetected = {"confidence": 0.0, "language": "en"}


class LibreTranslated(TypedDict):
    """Strings for a string, arrays for an array."""

    translatedText: Annotated[str | list[str | None] | None, Field(description=GREATEST_LENGTH)]
    detectedLanguage: NotRequired[LibreDetected | list[LibreDetected]]
    alternatives: NotRequired[list[str] | list[list[str]]]


class LibreLanguage(TypedDict):
    """A served language."""

    code: str
    name: str
    targets: list[str]
