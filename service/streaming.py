"""An answer piece by piece: the events of a stream, and a text that grows as its passages are settled.

A stream is one `Begun`, then the events of all texts, those of one text in its order, then one `Finished`. The joined
wordings of a text are a prefix of its translation at any time, and all of it at the end unless it failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from service.candidates import Decoded
from service.decoding import Answer, Job
from service.engine.errors import EngineError
from service.rendering import Rejoining
from service.text.spans import FIRST_ASTRAL, Span, utf16_counter
from service.text.weaving import weave
from service.translation import Outcome, SegmentReport, Translate, Translation


@dataclass(frozen=True)
class Begun:
    """The request was admitted; `known` are the translations that need no engine, None for the other texts."""

    known: tuple[Translation | None, ...]


@dataclass(frozen=True)
class Wording:
    """More of the translation of the text `index`: to be appended, never revised."""

    index: int
    text: str


@dataclass(frozen=True)
class SegmentDone:
    """A segment of the text `index` that stands in what was worded, as `text`; alignment comes with the whole."""

    index: int
    segment: int
    text: str
    report: SegmentReport


@dataclass(frozen=True)
class TextDone:
    """The whole answer to the text `index`."""

    index: int
    translation: Translation


@dataclass(frozen=True)
class Finished:
    """All that was answered: what the command gives when it is not streamed."""

    outcome: Outcome


Event = Begun | Wording | SegmentDone | TextDone | Finished


class Growth:
    """The translation of a text, worded as far as its passages are settled from the first one on."""

    def __init__(self, index: int, command: Translate, job: Job) -> None:
        self.index = index
        self.job = job
        self._answers: list[Answer | None] = [None] * len(job.passages)
        self._num_worded = self._num_segments = self._num_astral = 0  # passages; what they became; in the answer
        self._rejoining = Rejoining(job.draft.prose)
        self._is_utf16 = command.offsets == "utf16"
        self._source_span = utf16_counter(job.draft.prose.raw) if self._is_utf16 else None

    @property
    def is_settled(self) -> bool:
        """Whether all passages are."""
        return None not in self._answers

    def settle(self, place: int, answer: Answer) -> Iterator[Wording | SegmentDone]:
        """Take the answer of the passage at `place`; what it lets be worded. The last one hands all to the job."""
        self._answers[place] = answer
        while self._num_worded < len(self._answers):
            ready = self._answers[self._num_worded]
            if ready is None or isinstance(ready, EngineError):
                break
            self._num_worded += 1
            for decoded in ready if isinstance(ready, list) else [ready]:
                yield from self._worded(decoded)
            yield from self._gap()
        if self.is_settled:
            for each in self._answers:
                assert each is not None, "settled"
                self.job.take(each)

    def _worded(self, decoded: Decoded) -> Iterator[Wording | SegmentDone]:
        best, passage, prose = decoded.candidates[0], decoded.passage, self.job.draft.prose
        gap = self._rejoining.gap_before(passage)
        text = weave(prose, passage, best.reading, best.hypothesis.attention).text
        target = self._rejoining.add(passage, text)
        yield Wording(self.index, gap + text)
        source = prose.outer(passage.span)
        if self._source_span is not None:
            source, target = self._source_span(source), self._in_utf16(gap, text, target)
        report = SegmentReport(source, target, best.hypothesis.score, best.hypothesis.log_prob)
        yield SegmentDone(self.index, self._num_segments, text, report)
        self._num_segments += 1

    def _gap(self) -> Iterator[Wording]:
        """What stands before the next passage, or after the last one."""
        passages = self.job.passages
        is_last = self._num_worded == len(passages)
        gap = self._rejoining.rest() if is_last else self._rejoining.gap_before(passages[self._num_worded])
        self._num_astral += _num_astral(gap)
        if gap:
            yield Wording(self.index, gap)

    def _in_utf16(self, gap: str, text: str, target: Span) -> Span:
        start = target.start + self._num_astral + _num_astral(gap)
        self._num_astral += _num_astral(gap) + _num_astral(text)
        return Span(start, target.end + self._num_astral)


def _num_astral(text: str) -> int:
    """The characters that are two units in UTF-16."""
    return sum(character >= FIRST_ASTRAL for character in text)
