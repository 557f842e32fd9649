"""What the hypotheses for a passage read as, and what is wrong with each."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.engine.result import Hypothesis
from service.text.faults import Fault, find_fault
from service.text.figures import lost_figures
from service.text.passage import Passage, Reading, read
from service.text.spans import Span
from service.text.subword import Subword

_DAMAGED: tuple[Fault, ...] = ("repetition", "placeholder_restored")


@dataclass(frozen=True)
class Candidate:
    """A hypothesis, what it reads as, and what is wrong with it."""

    reading: Reading
    hypothesis: Hypothesis
    fault: Fault | None = None


@dataclass(frozen=True)
class Decoded:
    """A passage with its candidates, best first and at least one."""

    passage: Passage
    candidates: tuple[Candidate, ...]

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the best one."""
        return self.candidates[0].fault

    @property
    def lost(self) -> list[Span]:
        """The figures of the passage's source that the best one lacks."""
        return lost_figures(self.passage.source, self.candidates[0].reading.text, self.passage.pair)


def candidates(
    passage: Passage, hypotheses: Sequence[Hypothesis], subword: Subword, max_length: int
) -> tuple[Candidate, ...]:
    """The hypotheses that keep all placeholders and say something, no text twice; none if there is no such one.

    One of `max_length` ids was cut off by the search. The first is there with its fault, to be mended; later ones,
    of which alternatives are made, are not there if they loop, exceed their bound or lack a figure.
    """
    found: dict[str, Candidate] = {}
    for hypothesis in hypotheses:
        reading = read(passage, hypothesis.ids[:-1], subword)
        if reading is not None and reading.text and reading.text not in found:
            is_cut = len(hypothesis.ids) >= max_length
            fault = find_fault(passage, reading, is_cut=is_cut, attention=hypothesis.attention)
            if not found or fault not in _DAMAGED:
                found[reading.text] = Candidate(reading, hypothesis, fault)
    return tuple(found.values())


def source_kept(passage: Passage, hypothesis: Hypothesis) -> Candidate:
    """The source as its own translation, where the model said nothing, or nothing that could mean anything."""
    return Candidate(Reading(passage.source, ()), hypothesis)
