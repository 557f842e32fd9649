"""What text handling costs: its share of a request's time, at the median, request after request on an idle engine.

    python -m benchmarks.text_cost --artifact artifacts/tatoeba-en-de --source en --target de

Text handling is all that `service.text`, `service.candidates` and `service.rendering` do for a request: everything but
the wait for the engine. HTTP is left out on both sides, so the share of a whole request is smaller.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchmarks.markup import NoDetector
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service import artifact as artifacts
from service.engine.async_engine import Arrivals, AsyncEngine
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.routes import routes_of
from service.text.subword import describe
from service.text.tokens import Format
from service.translation import Translate
from service.translator import Translator


@dataclass(frozen=True)
class Request:
    """Seconds that a request took, and of these the seconds that it waited for the engine."""

    total_s: float
    engine_s: float

    @property
    def text_share(self) -> float:
        """The part of the time that text handling took."""
        return (self.total_s - self.engine_s) / self.total_s


class TimedEngine:
    """The engine, with a stopwatch."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.seconds = 0.0

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order."""
        started = time.perf_counter()
        try:
            return await self._engine.translate(segments)
        finally:
            self.seconds += time.perf_counter() - started

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """As the engine does, untimed."""
        return self._engine.stream(segments)


async def measure(commands: Sequence[Translate], loaded: artifacts.Artifact, engine: Engine) -> list[Request]:
    """Run the `commands` one after the other."""
    timed = TimedEngine(AsyncEngine(engine, asyncio.get_running_loop()))
    translator = Translator(timed, routes_of([loaded]), NoDetector())
    requests: list[Request] = []
    for command in commands:
        timed.seconds, started = 0.0, time.perf_counter()
        await translator.translate(command)
        requests.append(Request(time.perf_counter() - started, timed.seconds))
    return requests


def figures(requests: Sequence[Request]) -> dict[str, float]:
    """Number, and medians of time and share."""
    return {
        "number": len(requests),
        "p50_ms": round(1000.0 * median(each.total_s for each in requests), 2),
        "text_ms": round(1000.0 * median(each.total_s - each.engine_s for each in requests), 3),
        "text_percent": round(100.0 * median(each.text_share for each in requests), 2),
    }


def main(
    artifact: Annotated[Path, typer.Option(help="The artifact's directory.")],
    source: Annotated[str, typer.Option(help="The texts' language.")] = "en",
    target: Annotated[str, typer.Option(help="The language to translate into.")] = "de",
    texts: Annotated[Path, typer.Option(help="A text a line.")] = Path("tests/data/everyday.en"),
    num_sentences: Annotated[int, typer.Option(help="Sentences in each text of the second kind.")] = 8,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure single sentences, paragraphs, and sentences with a tag; write a line of JSON, and print the shares."""
    loaded = artifacts.load(artifact, describe)
    engine = Engine([loaded], EngineOptions())
    engine.start()
    lines = texts.read_text(encoding="utf-8").splitlines()
    paragraphs = [" ".join(lines[i : i + num_sentences]) for i in range(0, len(lines), num_sentences)]
    marked = [_with_tag(line) for line in lines]
    kinds: list[tuple[str, Format, list[str]]] = [
        ("sentences", "text", lines),
        ("paragraphs", "text", paragraphs),
        ("html", "html", marked),
    ]
    found: dict[str, dict[str, float]] = {}
    try:
        for title, form, some in kinds:
            commands = [Translate((each,), target, source, form=form) for each in some]
            found[title] = figures(asyncio.run(measure(commands, loaded, engine)))
    finally:
        engine.stop(30.0)
    record = Record(command_line("benchmarks.text_cost"), {"hash": loaded.hash, "texts": str(texts)}, output)
    shares = [Ratio(f"text handling, {title}, % of a request", each["text_percent"]) for title, each in found.items()]
    record.add("text-cost", {"texts": found}, shares)
    typer.echo(record.table())


def _with_tag(line: str) -> str:
    """The line with its middle word in bold."""
    words = line.split(" ")
    words[len(words) // 2] = f"<b>{words[len(words) // 2]}</b>"
    return "<p>" + " ".join(words).replace("&", "&amp;") + "</p>"


if __name__ == "__main__":
    typer.run(main)
