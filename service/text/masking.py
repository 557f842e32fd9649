"""Placeholders as words that a model copies: a name for a name, a number for a number, exchanged back afterwards."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from service.text.edits import Edit
from service.text.figures import is_figure
from service.text.spans import Span

# Names that are the same in the languages served and that a model of everyday sentences has seen often: not "John",
# which is "Johannes" in German, nor "Maria" and "Australia".
NAMES = ("Tom", "Boston", "London", "Bob", "Paris", "Madrid", "Chicago", "Hilton", "Jim", "Hawaii")
NUMBERS = ("17", "38", "54", "63", "76", "29", "82", "95")

_COUNTS = re.compile(
    r"%(?:\d+\$)?[-+#0-9.*lhLqzjt]*[diuoxXeEfFgG]|%L?\d{1,2}(?![\d$])|%n|#?\{(?:\d+|n|num\w*|count\w*|total\w*)[:}]"
)
# Without number or name, a format takes the next argument: "%s of %d" must not become "%d: %s".
_IN_TURN = re.compile(r"%[-+#0]*(?:[\d*]+)?(?:\.[\d*]+)?[hlLqjztI]*[diouxXeEfFgGaAcsSp@]|(?<!\{)\{\}")


@dataclass(frozen=True)
class Mask:
    """`word` stands in the model's input for what is at `span` of the source, `text` in the translation."""

    span: Span
    word: str
    text: str


def mask(source: str, placeholders: Sequence[Span], avoided: Collection[str] = ()) -> list[Mask]:
    """A mask for each placeholder: all different, none in the source already, none of the words `avoided`."""
    taken = frozenset(avoided)
    rarest = (each for each in _rarest_numbers(source) if each not in taken)  # both take from it, so that all differ
    names, numbers = (
        chain((word for word in words if word not in source and word not in taken), rarest)
        for words in (NAMES, NUMBERS)
    )
    texts = [span.of(source) for span in placeholders]
    words = [next(numbers if _COUNTS.match(text) or is_figure(text) else names) for text in texts]
    return [Mask(span, word, text) for span, word, text in zip(placeholders, words, texts, strict=True)]


def _rarest_numbers(source: str) -> Iterator[str]:
    """Numbers that few texts have, and `source` has not: for who writes more placeholders than there are words."""
    for num_digits in count(4):
        taken = _numbers_in(source, num_digits)
        numbers = map(str, range(max(1009, 10 ** (num_digits - 1)), 10**num_digits))
        yield from (number for number in numbers if number not in taken)


def _numbers_in(source: str, num_digits: int) -> set[str]:
    """All that `source` has of so many digits in a row, within longer ones too."""
    runs = re.findall(rf"[0-9]{{{num_digits},}}", source)
    return {run[i : i + num_digits] for run in runs for i in range(len(run) - num_digits + 1)}


def exchange(masks: Sequence[Mask]) -> list[Edit]:
    """What to replace in the source so that the model sees the masks."""
    return [Edit(each.span, each.word) for each in masks]


def exchange_back(masks: Sequence[Mask], target: str) -> list[Edit] | None:
    """What to replace in `target` to have the placeholders back; None unless each mask is there exactly once.

    Those that take their arguments in turn must also stand in the order of the source. A name for a variable in braces
    may be in the genitive: "Toms" for "{name}'s" becomes "{name}s".
    """
    edits: list[Edit] = []
    for each in masks:
        genitive = "s?" if each.text.endswith("}") and each.word in NAMES else ""
        found = [match.span("word") for match in re.finditer(rf"(?<!\w)(?P<word>{each.word}){genitive}(?!\w)", target)]
        if len(found) != 1:
            return None
        edits.append(Edit(Span(*found[0]), each.text))
    in_turn = [edit.span for each, edit in zip(masks, edits, strict=True) if _IN_TURN.search(each.text)]
    return edits if in_turn == sorted(in_turn) else None
