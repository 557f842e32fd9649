"""Score an artifact by what its users get: the text that `dragoman translate` makes, against references."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from training.artifact import CARD, ArtifactError, read_config, with_scores, write_config, write_sums
from training.behaviour_command import as_json_text, measure
from training.behaviour_command import as_text as behaviour_text
from training.corpus import CorpusError, read_lines
from training.model_card import with_scores_table
from training.output import check_writable
from training.scores import Bucket, Interval, Lengths, Score, bleu_by_length, bleu_interval, lengths, score_all
from training.served import ServiceError
from training.significance import Comparison, compare


class TranslationFailed(Exception):
    """The child process did not translate every line; the message carries what it said."""


@dataclass(frozen=True)
class Report:
    """What one output is worth."""

    scores: tuple[Score, ...]
    interval: Interval
    lengths: Lengths
    buckets: tuple[Bucket, ...]
    comparisons: tuple[Comparison, ...]
    num_segments: int


def evaluate(
    source: Annotated[Path, typer.Option(help="Text to translate, one segment a line; `.gz` is read.")],
    reference: Annotated[Path, typer.Option(help="Its translation, line by line.")],
    source_language: Annotated[str, typer.Option(help="Such as en.")],
    target_language: Annotated[str, typer.Option(help="Such as de.")],
    artifact: Annotated[Path | None, typer.Option(help="Directory of the artifact to score.")] = None,
    beam_size: Annotated[int | None, typer.Option(min=1, help="The artifact's own if not given.")] = None,
    server: Annotated[str | None, typer.Option(help="URL of a running service that translates instead.")] = None,
    hypotheses: Annotated[Path | None, typer.Option(help="Score this output; nothing is translated.")] = None,
    output: Annotated[Path | None, typer.Option(help="Keep the output here.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Output to compare with, by paired bootstrap.")] = None,
    record: Annotated[str | None, typer.Option(help="Put the scores under this name into the artifact.")] = None,
    behaviour: Annotated[Path | None, typer.Option(help="Run this behaviour suite as well (needs --artifact).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score translations: BLEU, chrF, chrF++ and TER with signatures, interval, lengths, and BLEU by source length.

    Example: dragoman-train evaluate --artifact artifacts/multi30k-en-de --source data/multi30k/test_2016_flickr.en.gz
    --reference data/multi30k/test_2016_flickr.de.gz --source-language en --target-language de
    """
    if output:
        check_writable(output)
    sources, references = read_lines(source), read_lines(reference)
    _check_lengths((source, sources), (reference, references))
    pair = (source_language, target_language)
    try:
        if not (artifact or server or hypotheses):
            raise ArtifactError("there is nothing to score: name --artifact, --server or --hypotheses")
        options = _options(artifact, server, beam_size, record, behaviour)
        found = read_lines(hypotheses) if hypotheses else translate_lines(sources, pair, options)
        _check_lengths((source, sources), (hypotheses or Path("the output"), found))
        if output:
            output.write_text("".join(f"{line}\n" for line in found), encoding="utf-8", newline="\n")
        former = read_lines(baseline) if baseline else None
        if former is not None and baseline is not None:
            _check_lengths((source, sources), (baseline, former))
        report = make_report(sources, found, references, former)
        if record and artifact:
            record_scores(artifact, record, pair, report.scores)
        behaved = measure(artifact, behaviour, server) if behaviour and artifact else None
    except (ArtifactError, ServiceError, TranslationFailed) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        extra = {"behaviour": json.loads(as_json_text(behaved))} if behaved else {}
        typer.echo(json.dumps(as_mapping(report) | extra, ensure_ascii=False))
    else:
        typer.echo("\n".join([as_text(report), *([behaviour_text(behaved)] if behaved else [])]))


def translate_lines(sources: Sequence[str], pair: tuple[str, str], options: Sequence[str]) -> list[str]:
    """Translations of `sources`, made by `dragoman translate` in a child process (docs/decisions/0003).

    Raises:
        TranslationFailed: the process failed, or a line has no translation.
    """
    command = [sys.executable, "-m", "service", "translate", "--source", pair[0], "--target", pair[1], *options]
    text = "".join(f"{line}\n" for line in sources)
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise TranslationFailed(done.stderr.decode(errors="replace").strip()[-2000:])
    return done.stdout.decode().removesuffix("\n").split("\n")


def make_report(
    sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str], baseline: Sequence[str] | None = None
) -> Report:
    """Everything that is measured on one output."""
    return Report(
        scores=score_all(hypotheses, references),
        interval=bleu_interval(hypotheses, references),
        lengths=lengths(hypotheses, references),
        buckets=bleu_by_length(sources, hypotheses, references),
        comparisons=compare(baseline, hypotheses, references) if baseline is not None else (),
        num_segments=len(sources),
    )


def record_scores(artifact: Path, set_name: str, pair: tuple[str, str], scores: Sequence[Score]) -> None:
    """Put `scores` into the configuration and the model card of an artifact, and sum its files anew."""
    config = with_scores(read_config(artifact), set_name, pair, scores)
    write_config(artifact, config)
    card = artifact / CARD
    card.write_text(with_scores_table(card.read_text(encoding="utf-8"), config), encoding="utf-8")
    write_sums(artifact)


def as_mapping(report: Report) -> dict[str, Any]:
    """The report for programs: each metric by its name, then the rest."""
    metrics: dict[str, Any] = {s.metric: {"score": s.score, "signature": s.signature} for s in report.scores}
    return metrics | {
        "bleu_interval": asdict(report.interval),
        "brevity_penalty": report.lengths.brevity_penalty,
        "length_ratio": report.lengths.length_ratio,
        "bleu_by_source_words": [asdict(bucket) for bucket in report.buckets],
        "comparisons": [asdict(comparison) for comparison in report.comparisons],
        "num_segments": report.num_segments,
    }


def as_text(report: Report) -> str:
    """The report for people."""
    lines = [f"{s.metric:8} {s.score:6.2f}  {s.signature}" for s in report.scores]
    interval = report.interval
    lines.append(f"95 %     {interval.mean:6.2f} +- {interval.half_width:.2f}  {interval.signature}")
    lines.append(
        f"lengths  brevity penalty {report.lengths.brevity_penalty:.3f}, ratio {report.lengths.length_ratio:.3f}"
    )
    lines += [
        f"BLEU of {b.num_segments} segments of {b.min_words} to {b.max_words or 'more'} words: {b.bleu:.2f}"
        for b in report.buckets
    ]
    lines += [
        f"{c.metric}: {c.baseline:.2f} before, {c.score:.2f} now, {c.verdict}"
        + (f" (p = {c.p_value:.3f})" if c.p_value is not None else "")
        for c in report.comparisons
    ]
    return "\n".join(lines)


def _options(
    artifact: Path | None, server: str | None, beam_size: int | None, record: str | None, behaviour: Path | None
) -> list[str]:
    """The options of `dragoman translate` that name who translates."""
    if record and artifact is None:
        raise ArtifactError("--record needs --artifact")
    if behaviour and artifact is None:
        raise ArtifactError("--behaviour needs --artifact")
    if artifact is not None:
        read_config(artifact)
    who = ["--server", server] if server else ["--artifact", str(artifact)] if artifact else []
    return who + (["--beam-size", str(beam_size)] if beam_size else [])


def _check_lengths(left: tuple[Path, Sequence[str]], right: tuple[Path, Sequence[str]]) -> None:
    for path, lines in (left, right):
        if not lines:
            raise CorpusError(f"{path} is empty")
    if len(left[1]) != len(right[1]):
        raise CorpusError(f"{left[0]} has {len(left[1])} lines, but {right[0]} has {len(right[1])}")
