"""Variables of interface texts through an artifact: how each text got all of its own back, and whether it did.

    python -m benchmarks.placeholders --artifact artifacts/tatoeba-en-de

Reads `tests/data/placeholders.jsonl`, in the format of `markup.jsonl`. How a text got its variables back is told from
what the service asked of the engine, and from the segments and warnings of its answer.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.markup import TEXTS as MARKUP
from benchmarks.markup import Example, NoDetector, judge, read_examples
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service import artifact as artifacts
from service.attempts import Engine as AnyEngine
from service.engine.async_engine import Arrivals, AsyncEngine
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.routes import Routes, routes_of
from service.text.subword import describe
from service.translation import Translate, Translation
from service.translator import Translator

TEXTS = MARKUP.with_name("placeholders.jsonl")


class Way(StrEnum):
    """How an answer came to hold its variables."""

    AT_ONCE = "in the first hypothesis"
    LATER = "in a later hypothesis"
    RENAMED = "asked again with other names"
    IN_PARTS = "translated around them in parts"


@dataclass(frozen=True)
class Trip:
    """A text, its `answer`, and the segments that the engine got for it `visit` by visit."""

    example: Example
    answer: Translation
    visits: tuple[tuple[Segment, ...], ...]

    @property
    def direction(self) -> str:
        """Languages from and to."""
        return f"{self.example.source}-{self.example.target}"

    @property
    def keeps_all(self) -> bool:
        """Whether the answer has every variable exactly as often as the text."""
        return self.answer.text is not None and not judge(self.example, self.answer.text).lost

    @property
    def way(self) -> Way:
        """How the answer came to hold its variables; what else was mended does not count."""
        if self._has_variable_outside():
            return Way.IN_PARTS
        if all(warning.code != "placeholder_restored" for warning in self.answer.warnings):
            return Way.AT_ONCE
        first, *later = ({segment.ids for segment in visit} for visit in self.visits)
        return Way.RENAMED if later and not later[0] <= first else Way.LATER

    def _has_variable_outside(self) -> bool:
        """Whether a variable is in none of the segments that the text was answered in."""
        segments = [each.source for each in self.answer.segments]
        variables = (
            match.span() for each in self.example.keep for match in re.finditer(re.escape(each), self.example.text)
        )
        return any(not any(span.start <= start and end <= span.end for span in segments) for start, end in variables)


class WatchedEngine:
    """The engine, with a list of what was asked of it."""

    def __init__(self, engine: AnyEngine) -> None:
        self._engine = engine
        self.visits: list[tuple[Segment, ...]] = []

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order."""
        self.visits.append(tuple(segments))
        return await self._engine.translate(segments)

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """As the engine does; counts as a visit too."""
        self.visits.append(tuple(segments))
        return self._engine.stream(segments)


async def travel(examples: Sequence[Example], routes: Routes, engine: AnyEngine) -> list[Trip]:
    """Translate those of the `examples` that have a route, one after the other."""
    trips: list[Trip] = []
    for each in examples:
        if (each.source, each.target) not in routes:
            continue
        watched = WatchedEngine(engine)
        command = Translate((each.text,), each.target, each.source, form=each.format)
        outcome = await Translator(watched, routes, NoDetector()).translate(command)
        trips.append(Trip(each, outcome.translations[0], tuple(watched.visits)))
    return trips


def translate(examples: Sequence[Example], loaded: artifacts.Artifact) -> list[Trip]:
    """The `examples` whose directions the artifact serves, through an engine of their own."""
    engine = Engine([loaded], EngineOptions())
    engine.start()

    async def run() -> list[Trip]:
        return await travel(examples, routes_of([loaded]), AsyncEngine(engine, asyncio.get_running_loop()))

    try:
        return asyncio.run(run())
    finally:
        engine.stop(30.0)


def counts(trips: Sequence[Trip]) -> dict[str, dict[str, int]]:
    """Texts by way and direction, all of them, and those that keep every variable."""
    rows = {str(way): [trip for trip in trips if trip.way is way] for way in Way}
    rows |= {"all": list(trips), "every variable kept": [trip for trip in trips if trip.keeps_all]}
    directions = sorted({trip.direction for trip in trips})
    return {
        name: {each: sum(trip.direction == each for trip in some) for each in directions} | {"both": len(some)}
        for name, some in rows.items()
    }


def line(trip: Trip) -> str:
    """What became of one text."""
    kept = "kept" if trip.keeps_all else "LOST"
    return f"{kept}  {trip.way:<31}  {trip.example.text}\n{'':<39}{trip.answer.text}"


def main(
    artifact: Annotated[Path, typer.Option(help="The artifact's directory.")],
    texts: Annotated[Path, typer.Option(help="Texts with what they must keep, as in `markup.jsonl`.")] = TEXTS,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Print what became of each text; write a line of JSON, and print the shares."""
    loaded = artifacts.load(artifact, describe)
    trips = translate(read_examples(texts), loaded)
    typer.echo("\n".join(map(line, trips)))
    record = Record(command_line("benchmarks.placeholders"), {"hash": loaded.hash}, output)
    results = {
        "artifact": f"{loaded.config.name}, version {loaded.config.version}",
        "variables_came_back": counts(trips),
    }
    record.add("placeholders", results, ratios(trips))
    typer.echo(record.table())


def ratios(trips: Sequence[Trip]) -> list[Ratio]:
    """Shares of texts in percent; none without texts."""
    if not trips:
        return []
    whole = sum(trip.way is not Way.IN_PARTS for trip in trips)
    kept = sum(trip.keeps_all for trip in trips)
    return [
        Ratio("texts that keep every variable, %", 100.0 * kept / len(trips), 100.0, is_at_least=True),
        Ratio("texts that are translated whole, %", 100.0 * whole / len(trips)),
    ]


if __name__ == "__main__":
    typer.run(main)
