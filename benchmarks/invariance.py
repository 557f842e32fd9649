"""Whether translations depend on who shares their batch, and what each precision costs in quality.

    python -m benchmarks.invariance --artifact artifacts/multi30k-en-de --sources dev.en.gz --references dev.de.gz

Every text is translated alone and in company: in batches whose neighbours, rows and lengths are random, in each
precision and mode, with BLEU against the references and against fp32's output.
"""

import gzip
import random
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import sacrebleu
import typer

from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service.artifact import Artifact, load
from service.engine.entry import Entry
from service.engine.options import EngineOptions
from service.engine.precision import Precision, PrecisionUnavailable
from service.engine.rows import Rows
from service.engine.runner import Runner
from service.engine.segment import Lane, Segment
from service.text.subword import Subword, describe

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """What one precision and mode gave; times are of the processor."""

    outputs: list[Ids]
    num_identical: int
    alone_s: float
    company_s: float


def read_lines(path: Path, limit: int) -> list[str]:
    """The first `limit` lines of a text file, gzipped or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.decode("utf-8").splitlines()[:limit]


def make_segments(artifact: Artifact, texts: Sequence[str], beam_size: int) -> list[Segment]:
    """A segment for each text, as the service would make them for the artifact's first pair."""
    config, subword = artifact.config, Subword.load(artifact.source_subword)
    encoded = [subword.as_source(subword.encode(text), config.pairs[0].tag).ids for text in texts]
    return [Segment(artifact.name, beam_size, ids, config.max_length(len(ids))) for ids in encoded]


def translate(runner: Runner, lane: Lane, groups: Iterable[Sequence[Segment]]) -> dict[Segment, Ids]:
    """Admit a group before each step, as far as there is room, until all are done; rows are refilled at once."""
    waiting, rows = deque[Segment](), Rows(runner.capacity)
    found: dict[Segment, Ids] = {}
    coming = iter(groups)
    while (group := next(coming, None)) is not None or waiting or len(rows) > 0:
        waiting.extend(group or ())
        newcomers = [waiting.popleft() for _ in range(min(len(waiting), rows.num_free))]
        if newcomers:
            runner.admit(lane, newcomers)
            rows.append([Entry(segment, 0.0) for segment in newcomers])
        if len(rows) > 0 and (done := runner.step(lane, 1)):
            owners = [owner.segment for row in done if (owner := rows.owners[row]) is not None]
            for segment, hypotheses in zip(owners, runner.best(lane, done, owners), strict=True):
                found[segment] = hypotheses[0].ids
            runner.release(lane, done)
            rows.release(done)
    return found


def alone(runner: Runner, lane: Lane, segments: Sequence[Segment]) -> dict[Segment, Ids]:
    """Translate one after the other, each as the only row."""
    found: dict[Segment, Ids] = {}
    for segment in segments:
        found |= translate(runner, lane, [[segment]])
    return found


def in_company(runner: Runner, lane: Lane, segments: Sequence[Segment], seed: int) -> dict[Segment, Ids]:
    """Translate in random order; none to eight newcomers come before each step."""
    generator = random.Random(seed)
    order = generator.sample(segments, len(segments))
    groups = []
    while order:
        size = generator.choice([0, 0, 1, 2, 8])
        groups.append(order[:size])
        order = order[size:]
    return translate(runner, lane, groups)


def measure(artifact: Artifact, segments: Sequence[Segment], precision: Precision, is_strict: bool) -> Measured:
    """Translate `segments` alone and in company."""
    lane = segments[0].lane
    options = EngineOptions(
        beam_sizes=(lane.beam_size,), num_threads=1, precision=precision, is_strict=is_strict, max_rows=32
    )
    runner = Runner([artifact], options)
    runner.start()
    started = time.thread_time()
    single = alone(runner, lane, segments)
    middle = time.thread_time()
    company = in_company(runner, lane, segments, seed=0)
    return Measured(
        outputs=[company[segment] for segment in segments],
        num_identical=sum(single[segment] == company[segment] for segment in segments),
        alone_s=middle - started,
        company_s=time.thread_time() - middle,
    )


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    sources: Annotated[Path, typer.Option(help="Texts, a line each, perhaps gzipped.")],
    references: Annotated[Path, typer.Option(help="Their translations.")],
    beam_size: Annotated[int | None, typer.Option(help="Default: the artifact's own.")] = None,
    limit: Annotated[int, typer.Option(help="Texts at most.")] = 1000,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure every precision that this machine has, fast and strict."""
    loaded = load(artifact, describe)
    size = beam_size or loaded.config.search.beam_size
    segments = list(dict.fromkeys(make_segments(loaded, read_lines(sources, limit), size)))
    texts = make_segments(loaded, read_lines(sources, limit), size)
    expected, subword = read_lines(references, limit), Subword.load(loaded.target_subword)
    baseline: list[str] = []
    modes: dict[str, dict[str, float | str | None]] = {}
    for precision in Precision:
        for is_strict in (False, True):
            try:
                measured = measure(loaded, segments, precision, is_strict)
            except PrecisionUnavailable as error:
                typer.echo(str(error), err=True)
                break
            by_segment = dict(zip(segments, measured.outputs, strict=True))
            found = [subword.decode_text(by_segment[text][:-1]) for text in texts]
            baseline = baseline or found
            modes[f"{precision}, {'strict' if is_strict else 'fast'}"] = {
                "identical_percent": round(100.0 * measured.num_identical / len(segments), 2),
                "bleu": round(sacrebleu.BLEU().corpus_score(found, [expected]).score, 2),
                "bleu_against_fp32": round(sacrebleu.BLEU().corpus_score(found, [baseline]).score, 2),
                "cpu_s_alone": round(measured.alone_s, 1),
                "cpu_s_in_company": round(measured.company_s, 1),
            }
    bleu = sacrebleu.BLEU()
    bleu.corpus_score(baseline, [expected])
    results = {"segments": len(segments), "signature": str(bleu.get_signature()), "modes": modes}
    config = {"beam_size": size, "hash": loaded.hash}
    record = Record(command_line("benchmarks.invariance"), config, output)
    record.add("invariance", results, ratios(modes))
    typer.echo(record.table())


def ratios(modes: Mapping[str, Mapping[str, Any]]) -> list[Ratio]:
    """The share of texts whose translation is the same in company, in percent."""
    return [
        Ratio(f"R11 identical in company, {name}, %", each["identical_percent"], _goal_percent(name), is_at_least=True)
        for name, each in modes.items()
    ]


def _goal_percent(mode: str) -> float:
    return 100.0 if mode.endswith("strict") else 99.9


if __name__ == "__main__":
    typer.run(main)
