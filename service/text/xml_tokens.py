"""XML as tokens that cover every character; expat finds them, and refuses what is not well-formed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from xml.parsers import expat

from service.text.spans import Span
from service.text.tokens import Kind, MarkupError, Token

_PROLOG = re.compile(r"<\?xml\s|(?:<!--.*?-->|<\?.*?\?>|\s)*+<!DOCTYPE", re.DOTALL)
_CDATA_END = len("]]>")
_NO_ATTRIBUTES: Mapping[str, str] = {}


def tokenize_xml(text: str) -> list[Token]:
    """The tokens of `text`, in order and without gaps; a fragment may have any number of roots, or words beside them.

    Raises:
        MarkupError: the text is not well-formed, or declares entities of its own.
    """
    return _Tokenizer(text).tokens()


@dataclass(frozen=True)
class _Event:
    """What begins at the byte `start`."""

    start: int
    kind: Kind
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


class _Tokenizer:
    """Listens to one run of expat, which tells where things begin, in bytes; each ends where the next one begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root = _root_for(text)
        self._bytes = (f"<{self._root}>{text}</{self._root}>" if self._root else text).encode("utf-8")
        self._head = len(self._root) + 2 if self._root else 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = False
        self._events = [_Event(self._head, Kind.TEXT if self._root else Kind.SILENT)]
        self._is_in_cdata = False
        self._listen()

    def tokens(self) -> list[Token]:
        try:
            self._parser.Parse(self._bytes, True)
        except expat.ExpatError as error:
            raise MarkupError(f"{expat.ErrorString(error.code)} at {self._place()}") from None
        num_bytes = len(self._bytes) - (self._head + 1 if self._root else 0)
        starts = [*(event.start - self._head for event in self._events), num_bytes - self._head]
        spans = (Span(*bound) for bound in pairwise(self._characters(starts)))
        tokens = [
            Token(event.kind, span, event.name, event.attributes)
            for span, event in zip(spans, self._events, strict=True)
        ]
        return _joined(token for token in tokens if len(token.span) > 0)

    def _listen(self) -> None:
        parser = self._parser
        parser.StartElementHandler = lambda name, attributes: self._add(Kind.OPEN, name, attributes)
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = lambda _: None if self._is_in_cdata else self._add(Kind.TEXT)
        parser.SkippedEntityHandler = lambda *_: self._add(Kind.TEXT)
        parser.CommentHandler = lambda _: self._add(Kind.SILENT)
        parser.ProcessingInstructionHandler = lambda *_: self._add(Kind.SILENT)
        parser.StartCdataSectionHandler = self._open_cdata
        parser.EndCdataSectionHandler = self._close_cdata
        parser.EntityDeclHandler = self._refuse_entity

    def _add(self, kind: Kind, name: str = "", attributes: Mapping[str, str] = _NO_ATTRIBUTES) -> None:
        if name != self._root or not name:
            self._events.append(_Event(self._parser.CurrentByteIndex, kind, name, tuple(attributes.items())))

    def _close(self, name: str) -> None:
        start = self._parser.CurrentByteIndex
        if name == self._root:
            return
        last = self._events[-1]
        if last.kind is not Kind.OPEN or not self._bytes.endswith(b"/>", last.start, start):
            self._add(Kind.CLOSE, name)
            return
        self._events[-1:] = [replace(last, kind=Kind.EMPTY), _Event(start, Kind.TEXT)]  # <x/> closes where it ends

    def _open_cdata(self) -> None:
        self._add(Kind.VERBATIM)
        self._is_in_cdata = True

    def _close_cdata(self) -> None:
        self._events.append(_Event(self._parser.CurrentByteIndex + _CDATA_END, Kind.TEXT))
        self._is_in_cdata = False

    def _refuse_entity(self, *_: object) -> None:
        raise MarkupError("it declares entities, which are not taken")

    def _characters(self, offsets: list[int]) -> list[int]:
        """Offsets into the text's bytes, as code points."""
        if self._text.isascii():
            return offsets
        sizes = accumulate((len(character.encode()) for character in self._text), initial=0)
        character_at = {offset: index for index, offset in enumerate(sizes)}
        return [character_at[offset] for offset in offsets]

    def _place(self) -> str:
        """Where expat stopped: line and column from 1, the column in characters."""
        read = self._bytes[self._head : max(self._head, self._parser.ErrorByteIndex)].decode("utf-8", "ignore")
        read = read[: len(self._text)]
        return f"line {read.count(chr(10)) + 1}, column {len(read) - read.rfind(chr(10))}"


def _joined(tokens: Iterable[Token]) -> list[Token]:
    """The tokens with all text that touches as one."""
    joined: list[Token] = []
    for token in tokens:
        if joined and token.kind is Kind.TEXT and joined[-1].kind is Kind.TEXT:
            joined[-1] = Token(Kind.TEXT, Span(joined[-1].span.start, token.span.end))
        else:
            joined.append(token)
    return joined


def _root_for(text: str) -> str:
    """A root's name that the text does not have; none for a whole document, which brings its own."""
    if _PROLOG.match(text):
        return ""
    name = "_"
    while name in text:
        name += "_"
    return name
