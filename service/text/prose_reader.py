"""Reads the pieces of a text into its prose."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from service.text.characters import NONCHARACTERS
from service.text.edits import Edit, Edited
from service.text.entities import Spelling, find_references
from service.text.outline import Piece, Role, outline
from service.text.prose import Prose, Tag, number_of
from service.text.spans import Span
from service.text.tag_rules import NO_RULES, TagRules
from service.text.tokens import Format

_BORDER = "\u2029\u2029"  # two ends of paragraphs: no way of splitting joins over them
_CHUNK = re.compile(r"(?P<space>\s+)|(?P<alien>[\ufdd0-\ufdef])|[^\s\ufdd0-\ufdef]+")


def prose_of(raw: str, form: Format, rules: TagRules = NO_RULES, *, lines_end: bool = True) -> Prose:
    """The prose of `raw`. With `lines_end`, a `<br>` in HTML ends a sentence.

    Raises:
        MarkupError: XML that is not well-formed.
    """
    pieces = outline(raw, form, rules, lines_end=lines_end)
    if form == "text" and len(pieces) == 1:
        return Prose(raw, form, Edited(raw, []), (), (), (), Spelling(form))
    reader = _Reader(raw, form)
    reader.read(pieces)
    return reader.prose()


@dataclass(frozen=True)
class _Atom:
    role: Role
    span: Span
    is_space: bool = False
    piece: int | None = None
    partner: int | None = None

    @property
    def is_loose(self) -> bool:
        """Whether it is between words: a space or a tag."""
        return self.is_space or self.role not in (Role.WORDS, Role.BORDER, Role.KEPT)


class _Reader:
    """Builds a prose, piece after piece."""

    def __init__(self, raw: str, form: Format) -> None:
        self._raw, self._form = raw, form
        self._edits: list[Edit] = []
        self._kept: list[Span] = []
        self._originals: list[str] = []
        self._spelling = Spelling(form)
        self._tags: list[Tag] = []
        self._index_of: dict[int, int] = {}  # of a piece among the tags
        self._bare: list[str] = []
        self._length = self._position = 0  # of the prose, and in the raw text

    def prose(self) -> Prose:
        """What was read."""
        self._spelling.learn_bare("".join(self._bare))
        tags = [
            Tag(t.role, t.raw, t.offset, None if t.partner is None else self._index_of[t.partner], *_manner(t))
            for t in self._tags
        ]
        edited = Edited(self._raw, self._edits)
        return Prose(
            self._raw, self._form, edited, tuple(tags), tuple(self._kept), tuple(self._originals), self._spelling
        )

    def read(self, pieces: Sequence[Piece]) -> None:
        """Take all pieces of the raw text."""
        runs = [(is_loose, list(run)) for is_loose, run in groupby(self._atoms(pieces), lambda atom: atom.is_loose)]
        for index, (is_loose, run) in enumerate(runs):
            if is_loose:
                is_first = index == 0 or runs[index - 1][1][-1].role is Role.BORDER
                is_last = index + 1 == len(runs) or runs[index + 1][1][0].role is Role.BORDER
                self._read_gap(run, is_first=is_first, is_last=is_last)
            else:
                for atom in run:
                    self._read_solid(atom)

    def _atoms(self, pieces: Sequence[Piece]) -> Iterator[_Atom]:
        for index, piece in enumerate(pieces):
            if piece.role is not Role.WORDS:
                yield _Atom(piece.role, piece.span, piece=index, partner=piece.partner)
                continue
            for match in _CHUNK.finditer(self._raw, piece.span.start, piece.span.end):
                role = Role.WORDS if match["alien"] is None else Role.KEPT
                yield _Atom(role, Span(*match.span()), is_space=match["space"] is not None)

    def _read_solid(self, atom: _Atom) -> None:
        if atom.role is Role.BORDER:
            self._replace(atom.span, _BORDER)
        elif atom.role is Role.KEPT:
            self._keep(atom.span)
        else:
            self._read_words(atom.span)

    def _read_words(self, span: Span) -> None:
        position = span.start
        references = () if self._form == "text" else find_references(self._raw, span, self._form)
        for reference in references:
            self._bare.append(self._raw[position : reference.span.start])
            position = reference.span.end
            character = reference.character
            if not character or any(NONCHARACTERS[0] <= each <= NONCHARACTERS[1] for each in character):
                self._keep(reference.span)
            else:
                self._spelling.learn(reference.span.of(self._raw), character)
                self._replace(reference.span, character)
        self._bare.append(self._raw[position : span.end])

    def _keep(self, span: Span) -> None:
        number = number_of(len(self._originals))
        start = self._replace(span, number)
        self._kept.append(Span(start, start + len(number)))
        self._originals.append(span.of(self._raw))

    def _read_gap(self, run: Sequence[_Atom], *, is_first: bool, is_last: bool) -> None:
        """Read what stands between two words. One of its spaces stays in the prose; the others go with their tags."""
        if all(atom.is_space for atom in run):
            return
        stays = _staying_space(run, is_first=is_first, is_last=is_last)
        turn = len(run) if is_last and not is_first and stays is None else -1 if stays is None else stays
        has_space = any(atom.is_space for atom in run)
        for index, atom in enumerate(run):
            if atom.is_space:
                continue
            before = run[index - 1 : index] if 0 < index < turn else []
            after = run[index + 1 : index + 2] if index > turn else []
            raw = Span(
                before[0].span.start if before and before[0].is_space else atom.span.start,
                after[0].span.end if after and after[0].is_space else atom.span.end,
            )
            is_wide = atom.role is Role.LINE_END and not has_space and not is_first and not is_last
            offset = self._replace(raw, " " if is_wide else "")
            if atom.piece is not None:
                self._index_of[atom.piece] = len(self._tags)
            side = None if stays is None else index < stays
            self._tags.append(Tag(atom.role, raw, offset, atom.partner, side, is_wide))

    def _replace(self, span: Span, text: str) -> int:
        """Let `span` of the raw text read `text`; returns where that is in the prose."""
        start = self._length + span.start - self._position
        self._edits.append(Edit(span, text))
        self._length, self._position = start + len(text), span.end
        return start


def _manner(tag: Tag) -> tuple[bool | None, bool]:
    return tag.is_before_space, tag.is_wide


def _staying_space(run: Sequence[_Atom], *, is_first: bool, is_last: bool) -> int | None:
    """The index of the space that stays: outside of the tags if it can."""
    if is_first:
        return 0 if run[0].is_space else None
    if is_last:
        return len(run) - 1 if run[-1].is_space else None
    spaces = [index for index, atom in enumerate(run) if atom.is_space]
    last_close = max((index for index, atom in enumerate(run) if atom.role is Role.CLOSE), default=-1)
    return next((index for index in spaces if index > last_close), spaces[-1] if spaces else None)
