"""The quality gate: an artifact whose served translations are worse than its `gate.json` demands is refused."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from training.behaviour import Suite, load_suite, rates, run_suite
from training.behaviour_baseline import BehaviourBaseline, judge_rates, load_baseline
from training.gate_report import GateReport, Outcome, as_text, write_reports
from training.gated import Gated
from training.judge import Verdict, judge, worse_sentences
from training.requirements import Requirement, RequirementsError, load_requirements
from training.served import ServiceError, free_port, running_service, serve_command, translate_served
from training.strict import ConfigError
from training.testset import TestTextError, TestTextMissing, read_content

DATA_DIRECTORIES = (Path("data"), Path("../shared/data"), Path("tests/data"))

Translate = Callable[[Sequence[str], str, str], list[str]]


def judge_set(
    requirement: Requirement, directories: Sequence[Path], translate: Translate, max_sentences: int = 10
) -> Verdict:
    """Translate one test set and judge it.

    Raises:
        TestTextError: the test set cannot be had.
    """
    test_set = requirement.test_set
    sources, references = test_set.read(directories)
    hypotheses = translate(sources, test_set.source_language, test_set.target_language)
    worse = worse_sentences(sources, requirement.baseline, hypotheses, references, max_sentences)
    return Verdict(str(test_set), tuple(judge(requirement, hypotheses, references)), worse)


def judge_behaviour(baseline: BehaviourBaseline, suite: Suite, translate: Translate) -> Iterator[Verdict]:
    """Run the suite in each direction that the baseline has, and compare the pass rates."""
    for (source, target), before in baseline.rates.items():
        found = rates(run_suite(suite, source, target, translate))
        yield Verdict(f"behaviour {source}-{target}", tuple(judge_rates(before, found)))


def gate(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    requirements: Annotated[
        Path | None, typer.Option(help="Artifact whose demands count, such as the one to be replaced; else its own.")
    ] = None,
    data: Annotated[list[Path] | None, typer.Option(help="Directory to look for test sets in; repeatable.")] = None,
    server: Annotated[str | None, typer.Option(help="URL of a service that serves the artifact already.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here, for programs.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the report here, for a pull request.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the report here, as JUnit XML.")] = None,
    sentences: Annotated[int, typer.Option(min=0, help="Sentences a set that are named as worse.")] = 10,
) -> None:
    """Translate the artifact's test sets through the running service; refuse it below what its gate.json demands.

    Exit status: 0 passed, 1 refused, 3 could not run, or could not write a report.

    Examples: dragoman-train gate --artifact artifacts/multi30k-en-de --markdown gate.md

    dragoman-train gate --artifact models/2 --requirements models/1
    """
    try:
        demands = _Demands.of(requirements or artifact, data or list(DATA_DIRECTORIES), sentences)
        verdicts = _gate_service(artifact, demands, server)
        report = GateReport(Gated.at(artifact), tuple(verdicts))
    except (RequirementsError, ServiceError, TestTextError, ConfigError) as error:
        report = GateReport(Gated.at(artifact), error=str(error))
    typer.echo(as_text(report), err=bool(report.outcome))
    unwritten = list(_write_each(report, json_file, markdown, junit))
    for problem in unwritten:
        typer.echo(f"error: {problem}", err=True)
    raise typer.Exit(int(Outcome.COULD_NOT_RUN if unwritten else report.outcome))


def _write_each(report: GateReport, json_file: Path | None, markdown: Path | None, junit: Path | None) -> Iterator[str]:
    """Write what was asked for, each form whatever became of the others; yields what could not be written, and why."""
    for files in ((json_file, None, None), (None, markdown, None), (None, None, junit)):
        try:
            write_reports(report, *files)
        except OSError as error:
            yield f"the report {next(filter(None, files))} cannot be written: {error}"


@dataclass(frozen=True)
class _Demands:
    """All that an artifact is judged by, read before minutes are spent."""

    requirements: list[Requirement]
    behaviour: tuple[BehaviourBaseline, Suite] | None
    directories: Sequence[Path]
    max_sentences: int

    @classmethod
    def of(cls, artifact: Path, directories: Sequence[Path], max_sentences: int) -> "_Demands":
        """What `artifact` brings with it; raises RequirementsError and TestTextError."""
        requirements = [each for each in load_requirements(artifact) if _can_be_judged(each, directories)]
        baseline = load_baseline(artifact)
        behaviour = (baseline, _read_suite(baseline, directories)) if baseline else None
        return cls(requirements, behaviour, directories, max_sentences)

    def judge_at(self, url: str) -> list[Verdict]:
        """Judge the translations of the service at `url`."""

        def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
            return translate_served(url, texts, source, target)

        verdicts = [judge_set(each, self.directories, translate, self.max_sentences) for each in self.requirements]
        return verdicts + (list(judge_behaviour(*self.behaviour, translate)) if self.behaviour else [])


def _gate_service(artifact: Path, demands: _Demands, server: str | None) -> list[Verdict]:
    with nullcontext(server.rstrip("/")) if server else _serving(artifact) as url:
        Gated.at(artifact).check_served(url)
        return demands.judge_at(url)


def _serving(artifact: Path) -> AbstractContextManager[str]:
    port = free_port()
    return running_service(serve_command(artifact, port), port)


def _read_suite(baseline: BehaviourBaseline, directories: Sequence[Path]) -> Suite:
    """The suite that the baseline was measured with; raises TestTextError where it is not there or another."""
    path = next((each / baseline.suite.file for each in directories if (each / baseline.suite.file).is_file()), None)
    if path is None:
        raise TestTextMissing(f"no behaviour suite {baseline.suite.file} in {', '.join(map(str, directories))}")
    digest = hashlib.sha256(read_content(path)).hexdigest()
    if digest != baseline.suite.sha256:
        raise TestTextError(f"{path} has SHA-256 {digest}; the baseline was measured with {baseline.suite.sha256}")
    return load_suite(path)


def _can_be_judged(requirement: Requirement, directories: Sequence[Path]) -> bool:
    """Whether the text is there, asked before minutes are spent; raises TestTextError where it has to be."""
    try:
        requirement.test_set.read(directories)
    except TestTextMissing as error:
        if not requirement.is_optional:
            raise
        typer.echo(f"{requirement.test_set}: not judged, {error}", err=True)
        return False
    return True
