"""Every form of the gate's report names the refusals and the sentences that got worse, whatever their characters."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from training.gate_report import GateReport, Outcome, as_json, as_junit, as_markdown, as_text, write_reports
from training.gated import Gated
from training.judge import Finding, Verdict, worse_sentences

REFERENCES = ["Ein Hund läuft.", "Zwei Katzen schlafen.", "Ein Mann <b>singt</b> | laut.", "Es regnet."]
BASELINE = ["Ein Hund läuft.", "Zwei Katzen schlafen.", "Ein Mann <b>singt</b> | laut.", "Es schneit."]
NOW = ["Ein Hund.", "Zwei Katzen schlafen.", "\x00 ]]> Unsinn |", "Es regnet."]
MINE = Gated("mine", "captions", "7", "sha256:0123")
SOURCES = ["A dog runs.", "Two cats sleep.", "A man sings | loudly.", "It rains."]


def make_report() -> GateReport:
    worse = worse_sentences(SOURCES, BASELINE, NOW, REFERENCES, max_sentences=10)
    findings = (Finding("floor of bleu", "bleu 12.00, floor 30.00", refuses=True), Finding("length ratio", "1.0"))
    return GateReport(MINE, (Verdict("test en-de", findings, worse), Verdict("fine", (Finding("empty", "none"),))))


def test_worse_sentences_are_those_that_lost_and_the_largest_loss_is_first() -> None:
    worse = make_report().verdicts[0].worse
    assert [each.line for each in worse] == [3, 1]
    assert worse[0].score < worse[0].baseline_score == pytest.approx(100)
    assert len(worse_sentences(SOURCES, BASELINE, NOW, REFERENCES, max_sentences=1)) == 1
    assert worse_sentences(SOURCES, BASELINE, BASELINE, REFERENCES, max_sentences=10) == ()
    assert worse_sentences(SOURCES, (), NOW, REFERENCES, max_sentences=10) == ()


@pytest.mark.parametrize("render", [as_text, as_json, as_markdown, as_junit])
def test_every_form_names_the_refusal_and_the_worse_sentence(render: object) -> None:
    assert callable(render)
    text = render(make_report())
    assert "bleu 12.00, floor 30.00" in text
    assert "Ein Hund." in text
    assert "test en-de" in text


@pytest.mark.parametrize("render", [as_text, as_json, as_markdown, as_junit])
@pytest.mark.parametrize("report", [make_report(), GateReport(MINE, error="the service died")], ids=["ran", "failed"])
def test_every_form_names_the_artifact(render: Callable[[GateReport], str], report: GateReport) -> None:
    assert all(fact in render(report) for fact in ("mine", "captions", "7", "sha256:0123"))


def test_every_suite_of_junit_says_which_artifact_it_is_about() -> None:
    expected = {
        "artifact.directory": "mine",
        "artifact.name": "captions",
        "artifact.version": "7",
        "artifact.hash": "sha256:0123",
    }
    for suite in ElementTree.fromstring(as_junit(make_report())):
        found = {each.get("name"): each.get("value") for each in suite.findall("properties/property")}
        assert found == expected


def test_programs_can_read_what_was_found() -> None:
    content = json.loads(as_json(make_report()))
    assert (content["outcome"], content["exit_status"], content["error"]) == ("refused", Outcome.REFUSED, None)
    assert content["artifact"] == {"directory": "mine", "name": "captions", "version": "7", "hash": "sha256:0123"}
    assert [verdict["refuses"] for verdict in content["verdicts"]] == [True, False]
    assert content["verdicts"][0]["worse"][0]["hypothesis"] == NOW[2]


def test_junit_counts_what_it_holds_and_is_xml_whatever_the_text() -> None:
    suites = ElementTree.fromstring(as_junit(make_report()))
    assert [(s.get("tests"), s.get("failures")) for s in suites] == [("2", "1"), ("1", "0")]
    for suite in suites:
        assert len(suite.findall("testcase")) == int(suite.get("tests", "-1"))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", "-1"))


def test_a_table_keeps_its_columns_whatever_the_text() -> None:
    rows = [line for line in as_markdown(make_report()).splitlines() if line.startswith("| 3 ")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 7
    assert "<b>" not in rows[0]


def test_a_gate_that_could_not_run_is_an_error_in_every_form(tmp_path: Path) -> None:
    report = GateReport(Gated("mine"), error="no test text at nowhere")
    assert report.outcome is Outcome.COULD_NOT_RUN
    files = [tmp_path / "reports" / name for name in ("a.json", "a.md", "a.xml")]
    write_reports(report, *files)
    for text in (as_text(report), *(path.read_text(encoding="utf-8") for path in files)):
        assert "no test text at nowhere" in text
    suites = ElementTree.parse(files[2]).getroot()
    assert [len(suite.findall("testcase/error")) for suite in suites] == [1]
