"""Characters that markup writes as `&...;`: read for the model, written back as the text itself writes them."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5

from service.text.edits import Edit
from service.text.spans import Span
from service.text.tokens import Format

_REFERENCE = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{0,31};?)")
_XML_REFERENCE = re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|amp|lt|gt|quot|apos);")
_ANY_XML_REFERENCE = re.compile(r"&[^;\s]+;")
_AFTER_SIGN = re.compile(r"&#?\w*;?")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML can hold
_SAFE = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True)
class Reference:
    """`span` of the text stands for `character`, which is empty where nobody but the text's owner can tell."""

    span: Span
    character: str


def find_references(text: str, span: Span, form: Format) -> Iterator[Reference]:
    """The references in `span`, in order."""
    if form == "html":
        for match in _REFERENCE.finditer(text, span.start, span.end):
            yield from _html_reference(match)
    else:
        for match in _ANY_XML_REFERENCE.finditer(text, span.start, span.end):
            is_known = _XML_REFERENCE.fullmatch(match[0]) is not None
            yield Reference(Span(*match.span()), html.unescape(match[0]) if is_known else "")


def _html_reference(match: re.Match[str]) -> Iterator[Reference]:
    """The reference at `match`, if it is one: "&copy" needs no semicolon, "&notit" is "&not" and letters."""
    name = match[0][1:]
    if name.startswith("#"):
        yield Reference(Span(*match.span()), html.unescape(match[0]))
        return
    while name and name not in html5:
        name = name[:-1]
    if name:
        yield Reference(Span(match.start(), match.start() + 1 + len(name)), html5[name])


@dataclass
class Spelling:
    """How a text writes characters: some of them only as references, some, in HTML, bare where it should not."""

    form: Format
    references: dict[str, str] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)

    def learn(self, reference: str, character: str) -> None:
        """The text writes `character` as `reference`."""
        if len(character) == 1:
            self.references.setdefault(character, reference)

    def learn_bare(self, text: str) -> None:
        """The text has `text` without references."""
        self.bare |= self.references.keys() & set(text)
        self.bare |= _SAFE.keys() & set(text)

    def edits(self, target: str) -> list[Edit]:
        """What to replace in `target` so that it can stand in markup and mean the same."""
        if self.form == "text":
            return []
        written = {character: each for character, each in self.references.items() if character not in self.bare}
        special = _SAFE | written
        edits = [
            Edit(Span(index, index + 1), special[character])
            for index, character in enumerate(target)
            if character in special and not self._may_stay(target, index)
        ]
        if self.form == "xml":
            edits += [Edit(Span(*match.span()), "") for match in _NOT_IN_XML.finditer(target)]
        return edits

    def _may_stay(self, target: str, index: int) -> bool:
        character = target[index]
        if character not in self.bare:
            return False
        if character in "&<" and index + 1 == len(target):
            return False  # nobody knows what will stand behind it
        if character == ">":
            return target[max(0, index - 2) : index] != "]]"
        if character == "&":
            found = _AFTER_SIGN.match(target, index)
            return self.form == "html" and found is not None and html.unescape(found[0]) == found[0]
        if character == "<":
            follower = target[index + 1 : index + 2]
            return self.form == "html" and not (follower.isalpha() or follower in ("/", "!", "?"))
        return True
