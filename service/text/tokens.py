"""What markup is made of: stretches of a text that are tags, words, or neither."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from service.text.spans import Span

Format = Literal["text", "html", "xml"]


class Kind(Enum):
    """What a token is. `VERBATIM` is content that nobody reads as prose: CDATA, entities of a document's own."""

    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()  # a tag that has no end: <br>, <x/>
    SILENT = auto()  # comments, declarations, scripts
    VERBATIM = auto()


@dataclass(frozen=True)
class Token:
    """A stretch of a text; tags have a `name` and `attributes` by name, names being in lower case in HTML."""

    kind: Kind
    span: Span
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


class MarkupError(ValueError):
    """A text that is not what its format says. The message names the place and never holds the text."""
