"""The gate on the shipped caption model: the good one passes, and each kind of damage is refused.

Weights and vocabulary are damaged in the artifact itself, which then goes through the running service. What only
touches words is done to the committed translations, which are what the service returned.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.damage import add_noise, copy_artifact, require_only, truncate_vocabulary
from training.cli import app
from training.gate import judge_set
from training.gate_report import Outcome
from training.judge import Verdict
from training.requirements import Requirement, load_requirements
from training.scores import score

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "artifacts" / "multi30k-en-de"
DATA = ROOT / "tests" / "data"


@pytest.fixture(scope="module")
def requirement() -> Requirement:
    """What the artifact must reach on the captions that lie in this repository."""
    return next(each for each in load_requirements(ARTIFACT) if each.test_set.name == "captions")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The artifact, gated on the captions alone."""
    artifact = copy_artifact(ARTIFACT, tmp_path / "copy")
    require_only(artifact, "captions")
    return artifact


def run_gate(artifact: Path) -> tuple[int, list[str]]:
    """Exit status, and the checks that refused."""
    report = artifact.parent / "report.json"
    arguments = ["gate", "--artifact", str(artifact), "--data", str(DATA), "--json", str(report)]
    status = CliRunner().invoke(app, arguments).exit_code
    content = json.loads(report.read_text())
    return status, [f["check"] for verdict in content["verdicts"] for f in verdict["findings"] if f["refuses"]]


def verdict_on(requirement: Requirement, change: Callable[[str], str]) -> Verdict:
    """The verdict on the committed translations, each of them changed."""
    return judge_set(requirement, [DATA], lambda *_: [change(text) for text in requirement.baseline])


def reasons(verdict: Verdict) -> set[str]:
    return {finding.check for finding in verdict.findings if finding.refuses}


@pytest.mark.slow
def test_the_good_one_passes(copy: Path) -> None:
    assert run_gate(copy) == (Outcome.PASSED, [])


@pytest.mark.slow
def test_noise_on_the_weights_is_refused(copy: Path) -> None:
    add_noise(copy, 0.3)
    status, refused = run_gate(copy)
    assert status == Outcome.REFUSED
    assert {"floor of bleu", "baseline of bleu"} <= set(refused)


@pytest.mark.slow
def test_a_truncated_vocabulary_is_refused(copy: Path) -> None:
    truncate_vocabulary(copy, kept=1000)
    status, refused = run_gate(copy)
    assert status == Outcome.REFUSED
    assert {"floor of bleu", "baseline of bleu"} <= set(refused)


def test_the_committed_translations_pass(requirement: Requirement) -> None:
    verdict = verdict_on(requirement, str)
    assert reasons(verdict) == set()
    assert verdict.worse == ()


def test_lower_case_is_refused(requirement: Requirement) -> None:
    verdict = verdict_on(requirement, str.lower)
    assert {"floor of bleu", "baseline of bleu"} <= reasons(verdict)
    assert len(verdict.worse) == 10


def test_a_dropped_last_word_is_refused(requirement: Requirement) -> None:
    verdict = verdict_on(requirement, lambda text: text.rsplit(" ", 1)[0])
    assert {"length ratio", "baseline of bleu"} <= reasons(verdict)


def test_an_empty_translation_is_refused(requirement: Requirement) -> None:
    first = requirement.baseline[0]
    assert "empty" in reasons(verdict_on(requirement, lambda text: "" if text == first else text))


def test_a_loss_of_one_and_a_half_bleu_is_refused_and_its_sentences_are_named(requirement: Requirement) -> None:
    _, references = requirement.test_set.read([DATA])
    good = score("bleu", requirement.baseline, references).score
    damaged, touched = list(requirement.baseline), set()
    rng = random.Random(1)
    for line in rng.sample(range(len(damaged)), len(damaged)):
        words = damaged[line].split()
        words[rng.randrange(1, len(words) - 1)] = "etwas"  # another word: neither length nor case tells
        changed = [*damaged[:line], " ".join(words), *damaged[line + 1 :]]
        if good - score("bleu", changed, references).score < 1.6:
            damaged = changed
            touched.add(line + 1)
    lost = good - score("bleu", damaged, references).score
    assert 1.4 < lost < 1.6
    verdict = judge_set(requirement, [DATA], lambda *_: damaged)
    assert "baseline of bleu" in reasons(verdict)
    assert "length ratio" not in reasons(verdict)
    assert {each.line for each in verdict.worse} <= touched
    assert verdict.worse
