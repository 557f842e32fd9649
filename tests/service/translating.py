"""The translator over engines that are not there, for tests of what becomes of a text."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.artifact_config import Pair
from service.decoding import Engine
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Segment
from service.text.languages import Detection
from service.translation import Outcome, Translate, Translation
from service.translator import Translator
from tests.service.doubles import FakeEngine, routes
from tests.service.text.models import subword

EN_DE, DE_EN = Pair("en", "de", "<2de>"), Pair("de", "en", "<2en>")


class FixedDetector:
    """Finds German in texts with an umlaut, English in others, nothing in "???"-like ones."""

    def detect(self, text: str) -> Sequence[Detection]:
        """One language, or none for a text that names none."""
        if "unclear" in text:
            return ()
        confidence = 0.7 if "doubt" in text else 0.99
        return (Detection("de" if "ü" in text else "en", confidence),)


def translator(engine: Engine, pairs: Sequence[Pair] = (EN_DE, DE_EN), max_source_tokens: int = 200) -> Translator:
    return Translator(engine, routes(subword(), pairs, max_source_tokens), FixedDetector(), max_text_characters=5000)


def outcome(engine: Engine, command: Translate, max_source_tokens: int = 200) -> Outcome:
    return asyncio.run(translator(engine, max_source_tokens=max_source_tokens).translate(command))


def translate(function: Callable[[str], str | Sequence[str]], text: str, **options: object) -> Translation:
    """`text` by an engine that answers `function` of what it is shown, one hypothesis or several."""

    def hypotheses(shown: str) -> Sequence[str]:
        answer = function(shown.removeprefix("<2de>").strip())
        return [answer] if isinstance(answer, str) else answer

    command = replace(Translate((text,), "de", "en"), **options)  # type: ignore[arg-type]
    (translation,) = outcome(FakeEngine(subword(), hypotheses), command).translations
    return translation


class CountingEngine(FakeEngine):
    """Keeps the number of its visits."""

    def __init__(self, function: Callable[[str], Sequence[str]]) -> None:
        super().__init__(subword(), lambda shown: function(shown.removeprefix("<2de>").strip()))
        self.visits: list[int] = []

    async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
        """One result per segment."""
        self.visits.append(len(segments))
        return await super().translate(segments)


LONG = "The quick brown fox jumps over the lazy dog, and Tom has many pears today"


def mend(function: Callable[[str], Sequence[str]], text: str = LONG) -> tuple[Translation, list[int]]:
    engine = CountingEngine(function)
    (translation,) = outcome(engine, Translate((text,), "de", "en")).translations
    return translation, engine.visits
