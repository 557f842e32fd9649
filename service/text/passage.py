"""A segment on its way: what the model reads for it, and what its answer reads as in the text."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from service.artifact_config import Pair
from service.text import ampersands
from service.text.capitals import capitalise, in_sentence_case, in_title_as_in_text, is_in_capitals
from service.text.characters import NONCHARACTERS, has_letter
from service.text.edits import Edit, Edited
from service.text.figures import localise
from service.text.legibility import find_illegible, is_legible
from service.text.masking import Mask, exchange, exchange_back, mask
from service.text.spacing import Break, find_breaks, hide, restore
from service.text.spans import Span, apart, merge
from service.text.subword import Encoded, Subword

# A model that spells by bytes may write any character, even those that stand for what is kept; and an entity, which is
# kept where the text has it, and elsewhere the character that it means.
_INVENTED = re.compile(f"[{NONCHARACTERS[0]}-{NONCHARACTERS[1]}]+|(?P<sign>&)amp;")


@dataclass(frozen=True)
class Passage:
    """The segment at `span` of a text, whose characters are `source`; `encoded.ids` go to the engine.

    `masked` is the source with ordinary case, masks, and words for the `signs` that are ampersands; `shown` that with
    plain spaces, `plain` what the subword model leaves of it. `warnings` are the codes of what had to be done to it;
    a fragment is a part of a sentence; what is not legible is its own translation. `pair` is the direction.
    """

    span: Span
    source: str
    masked: Edited
    shown: Edited
    plain: str
    encoded: Encoded
    pair: Pair
    masks: tuple[Mask, ...] = ()
    signs: tuple[Span, ...] = ()
    breaks: tuple[Break, ...] = ()
    is_loud: bool = False
    is_fragment: bool = False
    is_legible: bool = True
    warnings: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """What the network reads: tag, pieces, end token."""
        return self.encoded.ids

    def warned(self, warning: str) -> "Passage":
        """The same passage with another warning."""
        return replace(self, warnings=(*self.warnings, warning))

    @property
    def units(self) -> tuple[Span, ...]:
        """What is one word of `source`, whatever its characters: placeholders and ampersands."""
        return (*(each.span for each in self.masks), *self.signs)

    @property
    def id_spans(self) -> tuple[Span, ...]:
        """The characters of `source` that each id stands for."""
        return tuple(self.masked.backward(self.shown.backward(span)) for span in self.encoded.spans)


@dataclass(frozen=True)
class Reading:
    """What a hypothesis says; `id_spans` are the characters of `text` that its ids, less the end token, gave."""

    text: str
    id_spans: tuple[Span, ...]


def prepare(
    text: str,
    span: Span,
    subword: Subword,
    pair: Pair,
    placeholders: Sequence[Span] = (),
    is_loud: bool | None = None,
    avoided: Collection[str] = (),
) -> Passage:
    """The passage for `span` of `text`. `is_loud` says whether to answer in capitals; None: the passage decides.

    No placeholder is masked by one of the words `avoided`.
    """
    source = span.of(text)
    protected = [each.moved(-span.start) for each in placeholders]
    hidden = _with_illegible(source, protected, subword)
    masks = mask(source, hidden, avoided)
    signs = apart(ampersands.find(source, pair), hidden)
    bare = _without(source, [*hidden, *signs])
    if is_loud is None:
        is_loud = is_in_capitals(bare)
    cased = in_sentence_case(source) if is_loud else in_title_as_in_text(source, subword.is_usual_in_lower_case)
    masked = Edited(cased, [*exchange(masks), *ampersands.spell(signs, pair)])
    breaks = find_breaks(masked.text)
    shown = Edited(masked.text, hide(breaks))
    pieces = subword.encode(shown.text)
    plain = subword.decode_text(pieces.ids).strip()
    encoded = subword.as_source(pieces, pair.tag)
    can_read = is_legible(bare, subword.encode(bare) if bare != shown.text else pieces, subword)
    return Passage(
        span,
        source,
        masked,
        shown,
        plain,
        encoded,
        pair,
        tuple(masks),
        tuple(signs),
        tuple(breaks),
        is_loud,
        is_legible=can_read,
    )


def says_loudly(source: str, placeholders: Sequence[Span], subword: Subword) -> bool:
    """Whether what `source` says besides its `placeholders` is in capitals."""
    return is_in_capitals(_without(source, _with_illegible(source, placeholders, subword)))


def _without(source: str, hidden: Sequence[Span]) -> str:
    return Edited(source, [Edit(each, " ") for each in hidden]).text.strip()


def _with_illegible(source: str, protected: Sequence[Span], subword: Subword) -> list[Span]:
    """The `protected` stretches and the words that the model cannot read, if there are others to translate."""
    merged = merge([*protected, *find_illegible(source, subword)])
    rest = Edited(source, [Edit(span, " ") for span in merged]).text
    return merged if has_letter(rest) else list(protected)


def read(passage: Passage, ids: Sequence[int], subword: Subword) -> Reading | None:
    """What the target `ids`, given without the end token, say; None if a placeholder is lost or doubled.

    Where the model copied its input, the answer is the source, character by character.
    """
    decoded = subword.decode(ids)
    if decoded.text.strip() == passage.plain:
        return Reading(passage.source, _copied_spans(passage, ids))
    edits = exchange_back(passage.masks, decoded.text)
    if edits is None:
        return None
    edits += [Edit(Span(*each.span()), each["sign"] or "") for each in _INVENTED.finditer(decoded.text)]
    edits += _beside(edits, ampersands.restore(passage.masked, passage.signs, decoded.text, passage.pair))
    edits += _beside(edits, localise(passage.source, decoded.text, passage.pair))
    edits += _beside(edits, capitalise(decoded.text)) if passage.is_loud else []
    body = _body(decoded.text, passage.is_fragment and passage.source[-1].isalnum())
    edits += restore(passage.masked.text, passage.breaks, decoded.text[: body.end])
    edits += [Edit(edge, "") for edge in (Span(0, body.start), Span(body.end, len(decoded.text))) if len(edge) > 0]
    edited = Edited(decoded.text, edits)
    kept = (each.text for each in passage.masks if each.text == each.span.of(passage.source))
    if any(edited.text.count(text) != passage.source.count(text) for text in kept):
        return None
    return Reading(edited.text, tuple(edited.forward(span) for span in decoded.spans))


def _copied_spans(passage: Passage, ids: Sequence[int]) -> tuple[Span, ...]:
    """The spans of the source's own pieces, if they are what was copied; none if the text was spelled otherwise."""
    first = len(passage.ids) - 1 - len(ids)
    return passage.id_spans[first:-1] if first >= 0 and tuple(ids) == passage.ids[first:-1] else ()


def _beside(taken: Sequence[Edit], edits: Sequence[Edit]) -> list[Edit]:
    return [edit for edit in edits if not any(edit.span.overlaps(other.span) for other in taken)]


def _body(text: str, has_no_stop: bool) -> Span:
    """Without white space at the edges, and without the full stop that models like to end a fragment with."""
    body = text.rstrip()
    head, tail = len(text) - len(text.lstrip()), len(body.removesuffix(".").rstrip() if has_no_stop else body)
    return Span(head, max(head, tail))
