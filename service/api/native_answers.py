"""Outcomes of the core as answers of the native dialect: only what was asked for."""

from collections.abc import Collection, Sequence

from service.api.native_schemas import (
    Alternative,
    Detected,
    Failed,
    Link,
    ModelName,
    SegmentReport,
    TimingReport,
    TranslateAnswer,
    Translated,
    UsageReport,
    Warned,
)
from service.catalogue import Catalogue
from service.engine.result import Origin
from service.text.languages import Detection
from service.translation import Outcome, Translate, Translation
from service.translation import SegmentReport as Segment


def answer(command: Translate, outcome: Outcome, details: Collection[str], catalogue: Catalogue) -> TranslateAnswer:
    """The body of a translation's answer."""
    usage = outcome.usage
    whole = TranslateAnswer(
        translations=[translated(command, each, details) for each in outcome.translations],
        model=_model(command, outcome, catalogue),
        usage=UsageReport(
            characters=usage.characters, source_tokens=usage.source_tokens, target_tokens=usage.target_tokens
        ),
    )
    if "timing" in details:
        whole["timing"] = timing(outcome)
    return whole


def timing(outcome: Outcome) -> TimingReport:
    """Where the time went, in milliseconds."""
    times = outcome.timing
    return TimingReport(
        queue_ms=_ms(times.queue_s),
        encode_ms=_ms(times.encode_s),
        decode_ms=_ms(times.decode_s),
        total_ms=_ms(times.total_s),
    )


def facts_of(outcome: Outcome) -> dict[str, str]:
    """Headers of every dialect: where the time went, and how much of the work was done before."""
    times = outcome.timing
    stages = (("queue", times.queue_s), ("encode", times.encode_s), ("decode", times.decode_s))
    facts = {"Server-Timing": ", ".join(f"{name};dur={_ms(seconds)}" for name, seconds in stages)}
    if outcome.origins:
        facts["X-Cache"] = _cache_status(outcome.origins)
    return facts


def _cache_status(origins: Sequence[Origin]) -> str:
    """What remembering did for a request whose segments came about in these ways."""
    if Origin.CACHED in origins:
        return "hit" if set(origins) == {Origin.CACHED} else "partial"
    return "joined" if Origin.JOINED in origins else "miss"


def detected(found: Detection) -> Detected:
    """A detection, as exact as it is meaningful."""
    return Detected(language=found.language, confidence=round(found.confidence, 4))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _model(command: Translate, outcome: Outcome, catalogue: Catalogue) -> ModelName | None:
    """The one model that translated."""
    sources = {each.source for each in outcome.translations if each.segments and each.source is not None}
    used = {catalogue.serving(source, command.target) for source in sources}
    model = used.pop() if len(used) == 1 else None
    return None if model is None else ModelName(name=model.name, hash=model.hash)


def translated(command: Translate, translation: Translation, details: Collection[str]) -> Translated:
    """The answer to one text."""
    found, error = translation.detected, translation.error
    whole = Translated(
        text=translation.text,
        source=translation.source,
        detected=None if found is None else detected(found),
        warnings=[Warned(code=w.code, segment=w.segment, message=w.message) for w in translation.warnings],
        error=None if error is None else Failed(code=error.code, message=error.message),
    )
    if command.num_alternatives:
        whole["alternatives"] = [Alternative(text=each.text, score=each.score) for each in translation.alternatives]
    if "score" in details:
        whole["score"], whole["log_prob"] = translation.score, translation.log_prob
    if "segments" in details or "alignment" in details:
        whole["segments"] = [_segment(each, details) for each in translation.segments]
    return whole


def _segment(segment: Segment, details: Collection[str]) -> SegmentReport:
    report = SegmentReport(
        source=(segment.source.start, segment.source.end), target=(segment.target.start, segment.target.end)
    )
    if "score" in details:
        report["score"] = segment.score
    if "alignment" in details:
        report["alignment"] = [
            Link(
                source=(link.source.start, link.source.end),
                target=(link.target.start, link.target.end),
                weight=round(link.weight, 4),
            )
            for link in segment.alignment
        ]
    return report
