"""`dragoman-train behaviour`: run the behaviour suite through the running service."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from training.artifact import ArtifactError, read_config
from training.behaviour import Result, load_suite, rates, run_suite
from training.behaviour_baseline import BehaviourBaseline, save_baseline
from training.served import ServiceError, free_port, running_service, serve_command, translate_served
from training.testset import TestText

SUITE = Path("tests/data/behaviour.yaml")
Results = Mapping[tuple[str, str], Sequence[Result]]


def behaviour(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    suite: Annotated[Path, typer.Option(help="YAML file with the cases.")] = SUITE,
    server: Annotated[str | None, typer.Option(help="URL of a service that serves the artifact already.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the pass rates as the artifact's baseline.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print the cases that failed.")] = False,
) -> None:
    """Print the pass rate of each capability, and with --record store it beside the gate's floors.

    Example: dragoman-train behaviour --artifact artifacts/multi30k-en-de --verbose
    """
    try:
        found = measure(artifact, suite, server)
    except (ArtifactError, ServiceError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    if record:
        digest = hashlib.sha256(suite.read_bytes()).hexdigest()
        counted = {pair: rates(results) for pair, results in found.items()}
        save_baseline(artifact, BehaviourBaseline(TestText(suite.name, digest), counted))
    typer.echo(as_json_text(found) if as_json else as_text(found, verbose))


def measure(artifact: Path, suite_path: Path, server: str | None = None) -> Results:
    """The results of every direction that the artifact and the suite both have.

    Raises:
        ArtifactError: the artifact cannot be read, or the suite has no case for any of its directions.
        ServiceError: the service does not start or does not translate.
        ConfigError: the suite cannot be used.
    """
    suite = load_suite(suite_path)
    pairs = [(pair["source"], pair["target"]) for pair in read_config(artifact)["pairs"]]
    known = [pair for pair in pairs if suite.of(*pair)]
    if not known:
        raise ArtifactError(f"{suite_path} has no case for {', '.join('-'.join(pair) for pair in pairs)}")
    with _service(artifact, server) as url:
        return {
            pair: run_suite(suite, *pair, lambda texts, src, tgt: translate_served(url, texts, src, tgt))
            for pair in known
        }


def as_text(found: Results, verbose: bool = False) -> str:
    """For people: a line a capability, and where asked for a line for each case that failed."""
    lines = []
    for (source, target), results in found.items():
        for name, rate in rates(results).items():
            lines.append(f"{source}-{target} {name:24} {rate}")
            failed = [each for each in results if each.case.capability == name and each.problem] if verbose else []
            lines += [f"    {each.case.text!r} became {each.output!r}: {each.problem}" for each in failed]
        lines.append(f"{source}-{target} {'all':24} {sum(not each.problem for each in results)} of {len(results)}")
    return "\n".join(lines)


def as_json_text(found: Results) -> str:
    """For programs: rates, and every case with its output."""
    content = {
        "-".join(pair): {
            "rates": {name: asdict(rate) for name, rate in rates(results).items()},
            "cases": [
                {
                    "capability": r.case.capability,
                    "text": r.case.text,
                    "output": r.output,
                    "problem": r.problem,
                }
                for r in results
            ],
        }
        for pair, results in found.items()
    }
    return json.dumps(content, ensure_ascii=False)


@contextmanager
def _service(artifact: Path, server: str | None) -> Iterator[str]:
    """The URL of the service that translates, started if there is none."""
    if server is not None:
        yield server.rstrip("/")
        return
    port = free_port()
    with running_service(serve_command(artifact, port), port) as url:
        yield url
