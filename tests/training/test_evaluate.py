"""Scores carry their signatures, say which output is better, and come from what users get."""

import json
import math
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.factories import make_tiny_artifact
from tests.training.test_gate import FAKE_SERVICE
from training.artifact import check_sums, read_config
from training.cli import app
from training.corpus import CorpusError
from training.evaluate import as_mapping, as_text, make_report
from training.scores import bleu_by_length, score, score_all
from training.served import free_port, running_service
from training.significance import compare, judge

REFERENCES = [f"Der Hund Nummer {i} läuft über die grüne Wiese zum Haus." for i in range(40)]
WORSE = [line.replace("grüne Wiese", "Wiese grüne") for line in REFERENCES]
MUCH_WORSE = [line.replace("läuft über die", "ging zu einer") for line in WORSE]


def test_each_metric_has_the_documented_signature() -> None:
    assert {s.metric: s.signature for s in score_all(WORSE, REFERENCES)} == {
        "bleu": "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
        "bleu-lc": "nrefs:1|case:lc|eff:no|tok:13a|smooth:exp|version:2.6.0",
        "chrf2": "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0",
        "chrf++": "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0",
        "ter": "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0",
    }


def test_perfect_output_is_perfect_and_lower_case_costs() -> None:
    perfect = {s.metric: s.score for s in score_all(REFERENCES, REFERENCES)}
    assert {m: round(v, 6) for m, v in perfect.items()} == {
        "bleu": 100,
        "bleu-lc": 100,
        "chrf2": 100,
        "chrf++": 100,
        "ter": 0,
    }
    lowered = [line.lower() for line in REFERENCES]
    assert score("bleu", lowered, REFERENCES).score < 60
    assert score("bleu-lc", lowered, REFERENCES).score == pytest.approx(100)


def test_equal_output_is_equal_whatever_the_p_value_says() -> None:
    assert {c.verdict for c in compare(WORSE, WORSE, REFERENCES)} == {"equal"}
    assert {c.p_value for c in compare(WORSE, WORSE, REFERENCES)} == {None}


def test_a_difference_has_a_direction() -> None:
    assert {c.verdict for c in compare(WORSE, MUCH_WORSE, REFERENCES)} == {"worse"}
    assert {c.verdict for c in compare(MUCH_WORSE, WORSE, REFERENCES)} == {"better"}
    assert compare(WORSE, MUCH_WORSE, REFERENCES, ["ter"])[0].verdict == "worse"


@pytest.mark.parametrize(
    ("metric", "score", "p_value", "verdict"),
    [
        ("bleu", 30.0, 0.05, "undecided"),
        ("bleu", 30.0, 0.01, "better"),
        ("bleu", 10.0, 0.01, "worse"),
        ("ter", 10.0, 0.01, "better"),
        ("bleu", 20.0, None, "equal"),
    ],
)
def test_a_p_value_without_sign_is_read_with_the_scores(
    metric: str, score: float, p_value: float | None, verdict: str
) -> None:
    assert judge(metric, 20.0, score, p_value, 0.05) == verdict


def test_buckets_hold_each_segment_once() -> None:
    sources = ["one"] * 3 + ["word " * 12] * 4 + ["word " * 80] * 2
    buckets = bleu_by_length(sources, REFERENCES[:9], REFERENCES[:9])
    assert [(b.min_words, b.max_words, b.num_segments) for b in buckets] == [(1, 5, 3), (11, 15, 4), (51, None, 2)]


def test_the_report_says_the_same_to_people_and_programs() -> None:
    report = make_report(REFERENCES, MUCH_WORSE[:20] + REFERENCES[20:], REFERENCES, REFERENCES)
    mapping = json.loads(json.dumps(as_mapping(report)))
    text = as_text(report)
    for metric in ("bleu", "bleu-lc", "chrf2", "chrf++", "ter"):
        assert f"{mapping[metric]['score']:.2f}" in text
        assert mapping[metric]["signature"] in text
    assert mapping["bleu_interval"]["half_width"] > 0
    assert math.isclose(mapping["length_ratio"], 1.0)
    assert "worse" in text


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_artifact(tmp_path_factory.mktemp("evaluate") / "tiny")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)], catch_exceptions=True)
    if isinstance(result.exception, CorpusError):
        return 2, str(result.exception)
    return result.exit_code, result.output


def write(directory: Path, source: list[str], reference: list[str]) -> list[str]:
    (directory / "in.en").write_text("".join(f"{line}\n" for line in source))
    (directory / "in.de").write_text("".join(f"{line}\n" for line in reference))
    languages = ["--source-language", "en", "--target-language", "de"]
    return ["--source", str(directory / "in.en"), "--reference", str(directory / "in.de"), *languages]


@pytest.mark.slow
def test_an_artifact_is_scored_through_the_served_code_and_remembers_it(artifact: Path, tmp_path: Path) -> None:
    files = write(tmp_path, ["a man rides", "two dogs run"], ["der Mann", "zwei Hunde"])
    kept = tmp_path / "out.de"
    code, output = run(*files, "--artifact", artifact, "--json", "--output", kept, "--record", "made up")
    assert code == 0, output
    scores = json.loads(output)
    hypotheses = kept.read_text().splitlines()
    assert scores["bleu"]["score"] == score("bleu", hypotheses, ["der Mann", "zwei Hunde"]).score
    recorded = {entry["metric"]: entry for entry in read_config(artifact)["scores"]}
    assert recorded["bleu"]["score"] == scores["bleu"]["score"]
    assert recorded["bleu"]["set"] == "made up"
    assert "made up en-de" in (artifact / "MODEL_CARD.md").read_text()
    check_sums(artifact)
    again = run(*files, "--hypotheses", kept, "--json")
    assert json.loads(again[1]) == scores


def test_behaviour_is_printed_after_the_scores(artifact: Path, tmp_path: Path) -> None:
    files = write(tmp_path, ["a man rides"], ["der Mann"])
    suite = tmp_path / "suite.yaml"
    suite.write_text("cases:\n  - {capability: dogs, pair: en-de, text: two dogs, max_length: 100}\n")
    kept = tmp_path / "in.de"
    port = free_port()
    with running_service([sys.executable, "-c", FAKE_SERVICE, str(port)], port) as url:
        options = ["--hypotheses", kept, "--behaviour", suite, "--server", url, "--json"]
        code, output = run(*files, "--artifact", artifact, *options)
    assert code == 0, output
    behaviour = json.loads(output)["behaviour"]["en-de"]
    assert behaviour["rates"]["dogs"]["total"] == 1
    assert behaviour["cases"][0]["output"] == "TWO DOGS"
    code, output = run(*files, "--hypotheses", kept, "--behaviour", suite)
    assert (code, "--behaviour needs --artifact" in output) == (2, True)


@pytest.mark.slow
def test_bad_input_is_named(artifact: Path, tmp_path: Path) -> None:
    files = write(tmp_path, ["a man", "a dog"], ["ein Mann"])
    code, output = run(*files, "--artifact", artifact)
    assert code == 2
    assert "in.en has 2 lines, but" in output
    files = write(tmp_path, [], [])
    assert "in.en is empty" in run(*files, "--artifact", artifact)[1]
    files = write(tmp_path, ["a man"], ["ein Mann"])
    assert run(*files, "--artifact", tmp_path)[0] == 2
    files[files.index("de")] = "fr"
    code, output = run(*files, "--artifact", artifact)
    assert code == 2
    assert "fr" in output
    assert "Traceback" not in output


def test_what_is_scored_has_to_be_named(tmp_path: Path) -> None:
    code, output = run(*write(tmp_path, ["a man"], ["ein Mann"]))
    assert (code, "name --artifact, --server or --hypotheses" in output) == (2, True)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    files = write(tmp_path, ["a man rides the old bicycle"], ["\ufeffein Mann fährt auf dem alten Rad"])
    (tmp_path / "out.de").write_text("ein Mann fährt auf dem alten Rad\n")
    code, output = run(*files, "--hypotheses", tmp_path / "out.de", "--json")
    assert (code, json.loads(output)["chrf++"]["score"]) == (0, 100.0)
