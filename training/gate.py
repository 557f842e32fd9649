"""The quality gate: an artifact whose served translations are worse than its `gate.json` demands is refused."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from training.requirements import Floor, Requirement, RequirementsError, load_requirements
from training.scores import lengths, score
from training.served import ServiceError, free_port, running_service, serve_command, translate_served
from training.significance import compare
from training.testset import TestTextError, TestTextMissing

DATA_DIRECTORIES = (Path("data"), Path("../shared/data"), Path("tests/data"))
SHORTEST_RATIO, LONGEST_RATIO = 0.95, 1.05  # tokens of the output to tokens of the reference
LARGEST_DROPS = {"bleu": 0.5, "chrf++": 0.4}  # below the baseline, significant or not

Translate = Callable[[Sequence[str], str, str], list[str]]


class Outcome(IntEnum):
    """The exit status. A gate that could not run has not passed."""

    PASSED = 0
    REFUSED = 1
    COULD_NOT_RUN = 3


@dataclass(frozen=True)
class Finding:
    """Something that was measured, and whether it is a reason to refuse."""

    text: str
    refuses: bool = False


def judge(requirement: Requirement, hypotheses: Sequence[str], references: Sequence[str]) -> list[Finding]:
    """Measure `hypotheses` against `references` and all that is required."""
    if len(hypotheses) != len(references):
        return [Finding(f"{len(hypotheses)} translations for {len(references)} sources", refuses=True)]
    findings = [Finding(f"line {i} is empty", refuses=True) for i, text in enumerate(hypotheses, 1) if not text.strip()]
    ratio = lengths(hypotheses, references).length_ratio
    is_odd = not SHORTEST_RATIO <= ratio <= LONGEST_RATIO
    findings.append(Finding(f"length ratio {ratio:.3f}, allowed {SHORTEST_RATIO}-{LONGEST_RATIO}", refuses=is_odd))
    findings += [_judge_floor(floor, hypotheses, references) for floor in requirement.floors]
    if requirement.baseline:
        findings += _judge_baseline(requirement.baseline, hypotheses, references)
    return findings


def run_gate(requirements: Sequence[Requirement], directories: Sequence[Path], translate: Translate) -> Outcome:
    """Translate every test set, judge it and say what was found.

    Raises:
        TestTextError: a test set cannot be had.
    """
    outcome = Outcome.PASSED
    for requirement in requirements:
        test_set = requirement.test_set
        sources, references = test_set.read(directories)
        hypotheses = translate(sources, test_set.source_language, test_set.target_language)
        for finding in judge(requirement, hypotheses, references):
            typer.echo(f"{test_set}: {'REFUSED: ' if finding.refuses else ''}{finding.text}", err=finding.refuses)
            if finding.refuses:
                outcome = Outcome.REFUSED
    typer.echo(f"quality gate: {outcome.name.lower()}")
    return outcome


def gate(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    data: Annotated[list[Path] | None, typer.Option(help="Directory to look for test sets in; repeatable.")] = None,
) -> None:
    """Translate the artifact's test sets through the running service; refuse it below what its gate.json demands.

    Exit status: 0 passed, 1 refused, 3 could not run.

    Example: dragoman-train gate --artifact artifacts/multi30k-en-de
    """
    try:
        outcome = _gate_service(artifact, data or list(DATA_DIRECTORIES))
    except (RequirementsError, ServiceError, TestTextError) as error:
        typer.echo(f"the quality gate could not run, and so has not passed: {error}", err=True)
        outcome = Outcome.COULD_NOT_RUN
    raise typer.Exit(int(outcome))


def _gate_service(artifact: Path, directories: Sequence[Path]) -> Outcome:
    requirements = [each for each in load_requirements(artifact) if _can_be_judged(each, directories)]
    port = free_port()
    with running_service(serve_command(artifact, port), port) as url:
        return run_gate(requirements, directories, lambda texts, src, tgt: translate_served(url, texts, src, tgt))


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


def _judge_floor(floor: Floor, hypotheses: Sequence[str], references: Sequence[str]) -> Finding:
    found = score(floor.metric, hypotheses, references)
    text = f"{floor.metric} {found.score:.2f}, floor {floor.score:.2f}, {found.signature}"
    if found.signature != floor.signature:
        return Finding(f"{text}; the floor has another signature, {floor.signature}", refuses=True)
    return Finding(text, refuses=not found.score >= floor.score)


def _judge_baseline(baseline: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> Iterator[Finding]:
    if len(baseline) != len(references):
        yield Finding(f"the baseline has {len(baseline)} lines for {len(references)} references", refuses=True)
        return
    for found in compare(baseline, hypotheses, references, list(LARGEST_DROPS)):
        is_drop = found.baseline - found.score > LARGEST_DROPS[found.metric]
        verdict = f"{found.verdict}, p = {found.p_value:.3f}" if found.p_value is not None else found.verdict
        text = f"{found.metric} {found.score:.2f}, baseline {found.baseline:.2f}: {verdict}"
        yield Finding(text, refuses=is_drop or found.verdict == "worse")
