"""The steps of the reusable quality gate, run as a runner would: by bash, in order, after a failure those that say so.

What needs the forge is left out (its own actions), and installing is only written down: the rest runs as it stands.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.service.tiny_artifact import SOURCES, write_tiny_artifact

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/quality-gate.yml").read_text(encoding="utf-8"))
INPUTS = WORKFLOW[True]["workflow_call"]["inputs"]  # YAML takes `on` for a boolean
JOB = WORKFLOW["jobs"]["gate"]
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
REFERENCES = ("Wie geht es Ihnen heute?", "Der schnelle braune Fuchs springt über den faulen Hund.")


@dataclass
class Run:
    """A run of the job in `folder`, which stands for the calling repository."""

    folder: Path
    inputs: dict[str, str]
    has_failed: bool = False
    ran: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inputs = {name: each.get("default", "") for name, each in INPUTS.items()} | self.inputs

    def run(self) -> "Run":
        """Run every step whose condition holds."""
        for step in JOB["steps"]:
            if "run" in step and self._is_due(str(step.get("if", ""))):
                self.ran.append(step["name"])
                self.has_failed |= self._shell(step["run"]) != 0
        return self

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps have said to the runner."""
        lines = (self.folder / "output").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        """What is shown of the run."""
        return (self.folder / "summary").read_text(encoding="utf-8")

    def _is_due(self, condition: str) -> bool:
        if self.has_failed and "!cancelled()" not in condition:
            return False
        files = re.findall(r"hashFiles\('([^']+)'\) != ''", condition)
        given = re.findall(r"inputs\.(\w+) != ''", condition)
        return all((self.folder / name).is_file() for name in files) and all(self.inputs[name] for name in given)

    def _shell(self, script: str) -> int:
        env = {name: self._fill(value) for name, value in JOB["env"].items() if "vars." not in value}
        programs = os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": programs, "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
        command = ["bash", "--noprofile", "--norc", "-e", "-c", self._fill(script)]
        return subprocess.run(command, cwd=self.folder, env=os.environ | env | own, check=False, timeout=170).returncode

    def _fill(self, text: str) -> str:
        filled = re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: self.inputs[match[1]], text)
        assert "${{" not in filled, f"the test cannot know this: {filled}"
        return filled


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with an artifact and its test set; pip and fetch only write down what they were asked for."""
    (tmp_path / "bin").mkdir()
    program = f'#!/bin/sh\nprintf "%s\\n" "$*" >>{tmp_path}/installed\n'
    (tmp_path / "bin" / "pip").write_text(program)
    (tmp_path / "bin" / "pip").chmod(0o755)
    write_tiny_artifact(tmp_path / "models" / "tiny")
    (tmp_path / "data").mkdir()
    for name, lines in (("test.en", SOURCES), ("test.de", REFERENCES)):
        (tmp_path / "data" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def demand(repository: Path, bleu: float) -> None:
    """Let the artifact be judged by its test set: it translates into nonsense, and the baseline did not."""
    texts = {
        side: {"file": name, "sha256": hashlib.sha256((repository / "data" / name).read_bytes()).hexdigest()}
        for side, name in (("source", "test.en"), ("reference", "test.de"))
    }
    floors = [{"metric": "bleu", "signature": SIGNATURE, "score": bleu}]
    entry: dict[str, Any] = {"name": "test", "source_language": "en", "target_language": "de", **texts}
    entry |= {"floors": floors, "shortest_ratio": 0.01, "longest_ratio": 100.0}
    artifact = repository / "models" / "tiny"
    if bleu > 0:
        (artifact / "baseline.de").write_text("\n".join(REFERENCES) + "\n", encoding="utf-8")
        entry["baseline"] = "baseline.de"
    (artifact / "gate.json").write_text(json.dumps({"sets": [entry]}), encoding="utf-8")


@pytest.mark.slow
def test_a_good_artifact_passes_and_the_caller_is_told(repository: Path) -> None:
    demand(repository, bleu=0.0)
    run = Run(repository, {"artifact": "models/tiny"}).run()
    assert not run.has_failed
    assert run.ran == ["Install", "Judge", "Summarise"]
    assert run.outputs == {"outcome": "passed"}
    assert run.summary.startswith("## Quality gate of tiny: passed")


@pytest.mark.slow
def test_a_bad_one_fails_the_job_and_the_summary_names_what_got_worse(repository: Path) -> None:
    demand(repository, bleu=30.0)
    run = Run(repository, {"artifact": "models/tiny"}).run()
    assert run.has_failed
    assert run.outputs == {"outcome": "refused"}
    assert "floor of bleu" in run.summary
    assert all(text in run.summary for text in (*SOURCES, *REFERENCES))
    found = ElementTree.parse(repository / "gate" / "report.xml").getroot().iter("failure")
    assert "Der schnelle braune Fuchs" in "".join(failure.text or "" for failure in found)


@pytest.mark.slow
def test_what_could_not_run_has_not_passed(repository: Path) -> None:
    run = Run(repository, {"artifact": "models/tiny"}).run()
    assert run.has_failed
    assert run.outputs == {"outcome": "could_not_run"}
    assert "has not passed" in run.summary


@pytest.mark.slow
def test_what_is_installed_is_the_callers_choice(repository: Path) -> None:
    elsewhere = "dragoman[training] @ git+https://example.org/dragoman@v0.1.0"
    Run(repository, {"artifact": "models/tiny"}).run()
    Run(repository, {"artifact": "models/tiny", "package": elsewhere}).run()
    first, second = (repository / "installed").read_text(encoding="utf-8").splitlines()
    assert first == "install .[training]"
    assert second == f"install {elsewhere}"
    assert Requirement(elsewhere).extras == {"training"}


def test_the_outcome_is_what_callers_get() -> None:
    [output] = WORKFLOW[True]["workflow_call"]["outputs"].values()
    assert output["value"] == "${{ jobs.gate.outputs.outcome }}"
    assert JOB["outputs"] == {"outcome": "${{ steps.outcome.outputs.outcome }}"}
    assert [step["name"] for step in JOB["steps"] if step.get("id") == "outcome"] == ["Summarise"]


def test_every_corpus_that_the_test_sets_come_from_is_fetched(repository: Path) -> None:
    program = repository / "bin" / "dragoman-train"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{repository}/asked\n')
    program.chmod(0o755)
    Run(repository, {"artifact": "models/tiny", "corpus": "tatoeba-en-de ebt-suttas-en-de"}).run()
    first, *_ = (repository / "asked").read_text(encoding="utf-8").splitlines()
    assert first == "fetch --corpus=tatoeba-en-de --corpus=ebt-suttas-en-de"
