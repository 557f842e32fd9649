"""From hypotheses back to text: the candidates of each passage, rejoined with the gaps of the original."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.engine.result import Hypothesis
from service.text.alignment import Link, align, words
from service.text.combinations import best_combinations
from service.text.passage import Passage, Reading, read
from service.text.repetition import has_loop
from service.text.spans import Span, utf16_counter
from service.text.subword import Subword
from service.translation import Alternative, SegmentReport, TextWarning, Translate, Translation

MESSAGES = {
    "split": "the sentence was too long and was translated in parts",
    "placeholder_restored": "the text around a placeholder was translated in parts",
    "untranslated": "the translation equals the source",
    "repetition": "the translation repeats itself",
    "low_coverage": "the translation reached its greatest length and may lack its end",
}


@dataclass(frozen=True)
class Candidate:
    """A hypothesis and what it reads as."""

    reading: Reading
    hypothesis: Hypothesis


@dataclass(frozen=True)
class Decoded:
    """A passage with its candidates, best first and at least one; `is_cut` says that the best one hit its limit."""

    passage: Passage
    candidates: tuple[Candidate, ...]
    is_cut: bool = False


def candidates(passage: Passage, hypotheses: Sequence[Hypothesis], subword: Subword) -> tuple[Candidate, ...]:
    """The hypotheses that keep all placeholders and say something, no text twice; none if there is no such one."""
    found: dict[str, Candidate] = {}
    for hypothesis in hypotheses:
        reading = read(passage, hypothesis.ids[:-1], subword)
        if reading is not None and reading.text:
            found.setdefault(reading.text, Candidate(reading, hypothesis))
    return tuple(found.values())


def source_kept(passage: Passage, hypothesis: Hypothesis) -> Candidate:
    """The source as its own translation, where the model said nothing."""
    return Candidate(Reading(passage.source, ()), hypothesis)


def render(command: Translate, text: str, language: str, decoded: Sequence[Decoded]) -> Translation:
    """The answer for `text`, of which `decoded` are the passages in order."""
    best = [each.candidates[0] for each in decoded]
    answer, targets = _rejoin(text, decoded, best)
    score, log_prob = _totals(best)
    return Translation(
        text=answer,
        source=language,
        alternatives=tuple(_alternatives(command.num_alternatives, text, answer, decoded)),
        score=score,
        log_prob=log_prob,
        segments=tuple(_reports(command, text, answer, decoded, targets)),
        warnings=tuple(_warnings(decoded)),
    )


def _rejoin(text: str, decoded: Sequence[Decoded], chosen: Sequence[Candidate]) -> tuple[str, list[Span]]:
    """The text with `chosen` in place of its passages, and where each of them is in it."""
    parts: list[str] = []
    targets: list[Span] = []
    position = length = 0
    for each, candidate in zip(decoded, chosen, strict=True):
        span = each.passage.span
        parts += [text[position : span.start], candidate.reading.text]
        start = length + span.start - position
        length, position = start + len(candidate.reading.text), span.end
        targets.append(Span(start, length))
    return "".join([*parts, text[position:]]), targets


def _totals(chosen: Sequence[Candidate]) -> tuple[float | None, float | None]:
    if not chosen:
        return None, None
    hypotheses = [candidate.hypothesis for candidate in chosen]
    num_tokens = sum(len(each.ids) for each in hypotheses)
    score = sum(each.score * len(each.ids) for each in hypotheses) / num_tokens
    return score, sum(each.log_prob for each in hypotheses)


def _alternatives(wanted: int, text: str, answer: str, decoded: Sequence[Decoded]) -> Iterator[Alternative]:
    if wanted == 0 or not decoded:
        return
    log_probs = [[candidate.hypothesis.log_prob for candidate in each.candidates] for each in decoded]
    seen = {answer}
    for choice in best_combinations(log_probs, wanted + 1):
        chosen = [each.candidates[index] for each, index in zip(decoded, choice, strict=True)]
        other, _ = _rejoin(text, decoded, chosen)
        score, log_prob = _totals(chosen)
        if other not in seen and len(seen) <= wanted and score is not None and log_prob is not None:
            seen.add(other)
            yield Alternative(other, score, log_prob)


def _reports(
    command: Translate, text: str, answer: str, decoded: Sequence[Decoded], targets: Sequence[Span]
) -> Iterator[SegmentReport]:
    in_source, in_target = (
        (utf16_counter(text), utf16_counter(answer)) if command.offsets == "utf16" else (_same, _same)
    )
    for each, target in zip(decoded, targets, strict=True):
        best, span = each.candidates[0], each.passage.span
        links = _links(each.passage, best) if command.alignment else []
        moved = [(link.source.moved(span.start), link.target.moved(target.start), link.weight) for link in links]
        yield SegmentReport(
            source=in_source(span),
            target=in_target(target),
            score=best.hypothesis.score,
            log_prob=best.hypothesis.log_prob,
            alignment=tuple(Link(in_source(there), in_target(here), weight) for there, here, weight in moved),
        )


def _same(span: Span) -> Span:
    return span


def _links(passage: Passage, candidate: Candidate) -> list[Link]:
    reading, attention = candidate.reading, candidate.hypothesis.attention
    if attention is None:
        return []
    texts = {mask.text for mask in passage.masks}
    kept = [Span(*match.span()) for each in texts for match in re.finditer(re.escape(each), reading.text)]
    source_words = words(passage.source, [mask.span for mask in passage.masks])
    return align(source_words, words(reading.text, kept), passage.id_spans, reading.id_spans, attention)


def _warnings(decoded: Sequence[Decoded]) -> Iterator[TextWarning]:
    for index, each in enumerate(decoded):
        reading = each.candidates[0].reading
        codes = list(each.passage.warnings)
        if reading.text == each.passage.source:
            codes.append("untranslated")
        if has_loop(reading.text, each.passage.source):
            codes.append("repetition")
        elif each.is_cut:
            codes.append("low_coverage")
        for code in codes:
            yield TextWarning(code, index, MESSAGES[code])
