"""Demand of an artifact, and of all that replace it, what it reaches on a test set now: an entry of its `gate.json`."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from training.artifact import ArtifactError, read_config
from training.corpus import read_lines
from training.evaluate import TranslationFailed, as_text, make_report, record_scores, translate_lines
from training.judge import judge
from training.requirements import GATE, Floor, Requirement, RequirementsError, load_requirements
from training.scores import score
from training.testset import TestSet, TestText, TestTextError, read_content


def require(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    source: Annotated[Path, typer.Option(help="Text of the test set, one segment a line; `.gz` is read.")],
    reference: Annotated[Path, typer.Option(help="Its translation, line by line.")],
    source_language: Annotated[str, typer.Option(help="Such as en.")],
    target_language: Annotated[str, typer.Option(help="Such as de.")],
    name: Annotated[str, typer.Option(help="Name of the set, in the gate's reports and the model card.")],
    data: Annotated[Path, typer.Option(help="Directory of the texts; gate.json has their paths below it.")] = Path(
        "data"
    ),
    hypotheses: Annotated[Path | None, typer.Option(help="The artifact's output, if you have it already.")] = None,
    bleu_margin: Annotated[float, typer.Option(min=0.0, help="The floor lies so far below the BLEU of now.")] = 1.0,
    chrf_margin: Annotated[float, typer.Option(min=0.0, help="The same for chrF++.")] = 0.8,
    shortest_ratio: Annotated[float, typer.Option(help="Least length of the output, to the reference's.")] = (
        Requirement.shortest_ratio
    ),
    longest_ratio: Annotated[float, typer.Option(help="Largest length of the output, to the reference's.")] = (
        Requirement.longest_ratio
    ),
    optional: Annotated[bool, typer.Option("--optional", help="Pass the set over where its text is missing.")] = False,
) -> None:
    """Translate a test set with the artifact and have its gate.json demand the result from now on.

    Its scores less a margin become floors, its output the baseline, and an earlier entry of the same name and direction
    is replaced. The scores are recorded in the artifact as `evaluate --record` does.

    Example: dragoman-train require --artifact artifacts/mine --name test --source data/mine/test.en
    --reference data/mine/test.de --source-language en --target-language de
    """
    try:
        read_config(artifact)
        if not re.fullmatch(r"[\w.-]+", name):
            raise RequirementsError(f"--name {name!r} names a file too: letters, digits, '.', '_' and '-'")
        texts = (_text(source, data), _text(reference, data))
        test_set = TestSet(name, source_language, target_language, *texts)
        sources, references = test_set.read([data])
        pair = (source_language, target_language)
        found = read_lines(hypotheses) if hypotheses else translate_lines(sources, pair, ["--artifact", str(artifact)])
        margins = {"bleu": bleu_margin, "chrf++": chrf_margin}
        floors = tuple(_floor(metric, found, references, margin) for metric, margin in margins.items())
        ratios = {"shortest_ratio": shortest_ratio, "longest_ratio": longest_ratio}
        entry = _entry(test_set, floors, ratios, optional)
        _save(artifact, entry, found, references)
        report = make_report(sources, found, references)
        record_scores(artifact, name, pair, report.scores)
    except (ArtifactError, RequirementsError, TestTextError, TranslationFailed) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    demands = ", ".join(f"{floor.metric} >= {floor.score}" for floor in floors)
    typer.echo(f"{as_text(report)}\n{artifact / GATE}: {test_set} demands {demands}")


def _text(path: Path, data: Path) -> TestText:
    """What `gate.json` says of the text at `path`."""
    try:
        file = path.absolute().relative_to(data.absolute()).as_posix().removesuffix(".gz")  # links kept
    except ValueError as error:
        raise TestTextError(f"{path} does not lie below {data}; see --data") from error
    return TestText(file, hashlib.sha256(read_content(path)).hexdigest())


def _floor(metric: str, hypotheses: Sequence[str], references: Sequence[str], margin: float) -> Floor:
    found = score(metric, hypotheses, references)
    return Floor(metric, found.signature, max(0.0, round(found.score - margin, 1)))


def _entry(test_set: TestSet, floors: Sequence[Floor], ratios: dict[str, float], is_optional: bool) -> dict[str, Any]:
    """The entry of `gate.json`; what is usual is left out."""
    entry: dict[str, Any] = asdict(test_set) | {"floors": [asdict(floor) for floor in floors]}
    entry["baseline"] = f"{test_set.name}.{test_set.source_language}-{test_set.target_language}"
    entry |= {key: value for key, value in ratios.items() if value != getattr(Requirement, key)}
    return entry | ({"optional": True} if is_optional else {})


def _save(artifact: Path, entry: dict[str, Any], found: Sequence[str], references: Sequence[str]) -> None:
    """Write `gate.json` and the baseline, unless the artifact would fail at what is demanded."""
    path, baseline = artifact / GATE, artifact / entry["baseline"]
    former = {file: file.read_bytes() if file.exists() else None for file in (path, baseline)}
    place = {key: entry[key] for key in ("name", "source_language", "target_language")}
    sets = [each for each in _former_sets(former[path], path) if any(each.get(key) != place[key] for key in place)]
    baseline.write_text("".join(f"{line}\n" for line in found), encoding="utf-8", newline="\n")
    path.write_text(json.dumps({"sets": [*sets, entry]}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        findings = judge(load_requirements(artifact)[-1], found, references)
        if refused := [finding.text for finding in findings if finding.refuses]:
            raise RequirementsError(f"the artifact itself would be refused: {'; '.join(refused)}")
    except RequirementsError:
        for file, content in former.items():
            if content is None:
                file.unlink()
            else:
                file.write_bytes(content)
        raise


def _former_sets(content: bytes | None, path: Path) -> list[dict[str, Any]]:
    if content is None:
        return []
    try:
        demands = json.loads(content)
    except ValueError as error:
        raise RequirementsError(f"{path} cannot be used: {error}") from error
    sets = demands.get("sets") if isinstance(demands, dict) else None
    if not isinstance(sets, list) or not all(isinstance(each, dict) for each in sets):
        raise RequirementsError(f"{path} cannot be used: it has no list of sets")
    return sets
