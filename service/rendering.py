"""From candidates back to text: those of each passage, rejoined with the gaps of the original."""

from collections.abc import Iterator, Sequence

from service.candidates import Candidate, Decoded
from service.text.alignment import Link, align, words
from service.text.combinations import best_combinations
from service.text.passage import Passage
from service.text.prose import Prose
from service.text.spans import Span, utf16_counter
from service.text.weaving import Woven, kept_in, weave
from service.translation import Alternative, SegmentReport, TextWarning, Translate, Translation

MESSAGES = {
    "split": "the sentence was too long and was translated in parts",
    "placeholder_restored": "a placeholder or number was lost; it was kept another way, if need be in parts",
    "untranslated": "the source was its own translation, or no language; another one was made, if there was one",
    "repetition": "a translation repeated itself or did not end; another one was made, or the source kept",
    "tag_moved": "no word of the translation belongs to a tag: its place is a guess",
    "low_coverage": "words of the source seemed to be passed over; another translation was made, if one was better",
}


class Rejoining:
    """The raw text of `prose` with answers in place of its passages, from its start on: how far it has come."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        self._position = self._length = 0  # in the raw text, and of the answer

    def gap_before(self, passage: Passage) -> str:
        """What stands between here and `passage`, and is now passed."""
        return self._pass_to(self._prose.outer(passage.span).start)

    def add(self, passage: Passage, answer: str) -> Span:
        """Put `answer` in place of `passage`, whose gap has been passed; returns where it is in the whole answer."""
        self._position = self._prose.outer(passage.span).end
        start, self._length = self._length, self._length + len(answer)
        return Span(start, self._length)

    def rest(self) -> str:
        """What stands after the last passage, and is now passed."""
        return self._pass_to(len(self._prose.raw))

    def _pass_to(self, end: int) -> str:
        gap = self._prose.raw[self._position : end]
        self._position, self._length = end, self._length + len(gap)
        return gap


def render(command: Translate, prose: Prose, language: str, decoded: Sequence[Decoded]) -> Translation:
    """The answer for `prose`, of which `decoded` are the passages in order."""
    best = [each.candidates[0] for each in decoded]
    woven = _woven(prose, decoded, best)
    answer, targets = _rejoin(prose, decoded, woven)
    score, log_prob = _totals(best)
    return Translation(
        text=answer,
        source=language,
        alternatives=tuple(_alternatives(command.num_alternatives, prose, answer, decoded)),
        score=score,
        log_prob=log_prob,
        segments=tuple(_reports(command, prose, answer, decoded, woven, targets)),
        warnings=tuple(_warnings(decoded, woven)),
    )


def _woven(prose: Prose, decoded: Sequence[Decoded], chosen: Sequence[Candidate]) -> list[Woven]:
    return [
        weave(prose, each.passage, candidate.reading, candidate.hypothesis.attention)
        for each, candidate in zip(decoded, chosen, strict=True)
    ]


def _rejoin(prose: Prose, decoded: Sequence[Decoded], woven: Sequence[Woven]) -> tuple[str, list[Span]]:
    """The raw text with `woven` in place of its passages, and where each of them is in it."""
    parts: list[str] = []
    targets: list[Span] = []
    rejoining = Rejoining(prose)
    for each, answer in zip(decoded, woven, strict=True):
        parts += [rejoining.gap_before(each.passage), answer.text]
        targets.append(rejoining.add(each.passage, answer.text))
    return "".join([*parts, rejoining.rest()]), targets


def _totals(chosen: Sequence[Candidate]) -> tuple[float | None, float | None]:
    if not chosen:
        return None, None
    hypotheses = [candidate.hypothesis for candidate in chosen]
    num_tokens = sum(len(each.ids) for each in hypotheses)
    score = sum(each.score * len(each.ids) for each in hypotheses) / num_tokens
    return score, sum(each.log_prob for each in hypotheses)


def _alternatives(wanted: int, prose: Prose, answer: str, decoded: Sequence[Decoded]) -> Iterator[Alternative]:
    if wanted == 0 or not decoded:
        return
    log_probs = [[candidate.hypothesis.log_prob for candidate in each.candidates] for each in decoded]
    seen = {answer}
    for choice in best_combinations(log_probs, wanted + 1):
        chosen = [each.candidates[index] for each, index in zip(decoded, choice, strict=True)]
        other, _ = _rejoin(prose, decoded, _woven(prose, decoded, chosen))
        score, log_prob = _totals(chosen)
        if other not in seen and len(seen) <= wanted and score is not None and log_prob is not None:
            seen.add(other)
            yield Alternative(other, score, log_prob)


def _reports(
    command: Translate,
    prose: Prose,
    answer: str,
    decoded: Sequence[Decoded],
    woven: Sequence[Woven],
    targets: Sequence[Span],
) -> Iterator[SegmentReport]:
    in_source, in_target = (
        (utf16_counter(prose.raw), utf16_counter(answer)) if command.offsets == "utf16" else (_same, _same)
    )
    for each, text, target in zip(decoded, woven, targets, strict=True):
        best, span = each.candidates[0], each.passage.span
        links = _links(each.passage, best) if command.alignment else []
        yield SegmentReport(
            source=in_source(prose.outer(span)),
            target=in_target(target),
            score=best.hypothesis.score,
            log_prob=best.hypothesis.log_prob,
            alignment=tuple(
                Link(
                    in_source(prose.edited.backward(link.source.moved(span.start))),
                    in_target(text.edited.forward(link.target).moved(target.start)),
                    link.weight,
                )
                for link in links
            ),
        )


def _same(span: Span) -> Span:
    return span


def _links(passage: Passage, candidate: Candidate) -> list[Link]:
    reading, attention = candidate.reading, candidate.hypothesis.attention
    if attention is None:
        return []
    kept = kept_in(passage, reading.text)
    source_words = words(passage.source, passage.units)
    return align(source_words, words(reading.text, kept), passage.id_spans, reading.id_spans, attention)


def _warnings(decoded: Sequence[Decoded], woven: Sequence[Woven]) -> Iterator[TextWarning]:
    for index, (each, text) in enumerate(zip(decoded, woven, strict=True)):
        reading = each.candidates[0].reading
        codes = [*each.passage.warnings, *([each.fault] if each.fault else [])]
        if reading.text == each.passage.source:
            codes.append("untranslated")
        if not text.is_certain:
            codes.append("tag_moved")
        for code in dict.fromkeys(codes):
            yield TextWarning(code, index, MESSAGES[code])
