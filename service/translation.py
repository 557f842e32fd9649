"""What a translation is asked for and what it answers: plain data, shared by all dialects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service.engine.result import Origin
from service.engine.segment import Priority
from service.text.alignment import Link
from service.text.languages import Detection
from service.text.segmentation import Split
from service.text.spans import Span
from service.text.tag_rules import NO_RULES, TagRules
from service.text.tokens import Format

Offsets = Literal["codepoint", "utf16"]


@dataclass(frozen=True)
class Translate:
    """The command: `texts` into `target`. Already checked by the dialect that made it.

    `form` is what the texts are written in, `tags` what is said about its tags. `source` None: detected per text.
    One that is not recognised is taken for `fallback`, if there is one.
    `beam_size` None: the artifact's own. `keep` lists literals to copy unchanged.
    `deadline_s` counts from now; `client` and `priority` are for the engine's queue.
    """

    texts: tuple[str, ...]
    target: str
    source: str | None = None
    form: Format = "text"
    tags: TagRules = NO_RULES
    split: Split = "sentences"
    num_alternatives: int = 0
    beam_size: int | None = None
    keep: tuple[str, ...] = ()
    alignment: bool = False
    offsets: Offsets = "codepoint"
    deadline_s: float | None = None
    priority: Priority = Priority.INTERACTIVE
    client: str = ""
    fallback: str | None = None


@dataclass(frozen=True)
class Alternative:
    """Another translation of a whole text."""

    text: str
    score: float
    log_prob: float


@dataclass(frozen=True)
class SegmentReport:
    """A segment: where it stands in the source text and where in the translation."""

    source: Span
    target: Span
    score: float
    log_prob: float
    alignment: tuple[Link, ...] = ()


@dataclass(frozen=True)
class TextWarning:
    """Something to know about a translation. `code` is stable; `segment` is an index, None for the whole text."""

    code: str
    segment: int | None
    message: str


@dataclass(frozen=True)
class TextError:
    """Why one text of a request has no translation. `message` never holds the text."""

    code: str
    message: str


@dataclass(frozen=True)
class Translation:
    """The answer to one text: `text` is None exactly when `error` is set.

    `log_prob` is the sum over segments, `score` their mean weighted by target tokens; both None if nothing was decoded.
    """

    text: str | None
    source: str | None
    detected: Detection | None = None
    alternatives: tuple[Alternative, ...] = ()
    score: float | None = None
    log_prob: float | None = None
    segments: tuple[SegmentReport, ...] = ()
    warnings: tuple[TextWarning, ...] = ()
    error: TextError | None = None


@dataclass(frozen=True)
class Usage:
    """What a request cost."""

    characters: int
    source_tokens: int
    target_tokens: int


@dataclass(frozen=True)
class Timing:
    """Seconds: the longest that a segment waited, was encoded and decoded, and the whole request."""

    queue_s: float
    encode_s: float
    decode_s: float
    total_s: float


@dataclass(frozen=True)
class Outcome:
    """The answer to a command; as many translations as texts, in their order. `origins` are those of all segments."""

    translations: tuple[Translation, ...]
    usage: Usage
    timing: Timing
    origins: tuple[Origin, ...] = ()

    def common_error(self) -> TextError | None:
        """The error of the first text if all texts failed with its code; the request has then failed."""
        return common_error(self.translations)


def common_error(translations: Sequence[Translation | None]) -> TextError | None:
    """The error of the first of `translations` if all have failed with its code."""
    errors = [None if translation is None else translation.error for translation in translations]
    first = errors[0] if errors else None
    if first is None or any(error is None or error.code != first.code for error in errors):
        return None
    return first
