"""The report of the quality gate, for a terminal, for programs, for a pull request and for a test viewer."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path

from training.gated import Gated
from training.judge import Verdict, WorseSentence
from training.markdown import cell


class Outcome(IntEnum):
    """The exit status. A gate that could not run has not passed."""

    PASSED = 0
    REFUSED = 1
    COULD_NOT_RUN = 3

    @property
    def words(self) -> str:
        """The outcome as reports print it."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class GateReport:
    """What the gate says about an artifact; with an `error` it could not run."""

    artifact: Gated
    verdicts: tuple[Verdict, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Passed only where something was judged and nothing was refused."""
        if self.error is not None or not self.verdicts:
            return Outcome.COULD_NOT_RUN
        return Outcome.REFUSED if any(verdict.refuses for verdict in self.verdicts) else Outcome.PASSED


def as_text(report: GateReport) -> str:
    """For people at a terminal."""
    lines = [f"artifact {report.artifact}"]
    for verdict in report.verdicts:
        lines += [f"{verdict.subject}: {'REFUSED: ' if f.refuses else ''}{f.text}" for f in verdict.findings]
        for each in verdict.worse:
            lines.append(f"{verdict.subject}: line {each.line} lost {_loss(each):.1f} chrF++")
            lines += [f"    {name:9} {text}" for name, text in _texts(each)]
    if report.error is not None:
        lines.append(f"the quality gate could not run, and so has not passed: {report.error}")
    return "\n".join([*lines, f"quality gate: {report.outcome.words}"])


def as_json(report: GateReport) -> str:
    """For programs."""
    content = {
        "artifact": asdict(report.artifact),
        "outcome": report.outcome.name.lower(),
        "exit_status": int(report.outcome),
        "error": report.error,
        "verdicts": [{"refuses": verdict.refuses} | asdict(verdict) for verdict in report.verdicts],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_markdown(report: GateReport) -> str:
    """For the summary of a workflow or a comment on a pull request."""
    lines = [f"## Quality gate of {cell(report.artifact.directory)}: {report.outcome.words}", ""]
    lines += [f"Artifact {cell(str(report.artifact))}", ""]
    if report.error is not None:
        lines += [f"It could not run, and so has not passed: {cell(report.error)}", ""]
    if report.verdicts:
        lines += ["| set | check | found | |", "| --- | --- | --- | --- |"]
    for verdict in report.verdicts:
        lines += [
            f"| {cell(verdict.subject)} | {f.check} | {cell(f.text)} | {'**refused**' if f.refuses else 'ok'} |"
            for f in verdict.findings
        ]
    for verdict in report.verdicts:
        if verdict.worse:
            lines += ["", f"### Worse than the baseline: {cell(verdict.subject)}", ""]
            lines += [
                "| line | chrF++ | source | reference | baseline | now |",
                "| --- | --- | --- | --- | --- | --- |",
            ]
            lines += [
                f"| {each.line} | {each.baseline_score:.1f} to {each.score:.1f} | "
                + " | ".join(cell(text) for _, text in _texts(each))
                + " |"
                for each in verdict.worse
            ]
    return "\n".join([*lines, ""])


def as_junit(report: GateReport) -> str:
    """For viewers of test results: a suite a set, a case a finding."""
    suites = ElementTree.Element("testsuites", name="quality gate")
    for verdict in report.verdicts:
        refused = sum(finding.refuses for finding in verdict.findings)
        counts = {"tests": str(len(verdict.findings)), "failures": str(refused), "errors": "0"}
        suite = _suite(suites, report, counts | {"name": verdict.subject})
        for finding in verdict.findings:
            case = ElementTree.SubElement(suite, "testcase", classname=verdict.subject, name=finding.check)
            if finding.refuses:
                ElementTree.SubElement(case, "failure", message=_valid(finding.text)).text = _valid(_told(verdict))
            else:
                ElementTree.SubElement(case, "system-out").text = _valid(finding.text)
    if report.outcome is Outcome.COULD_NOT_RUN:
        suite = _suite(suites, report, {"name": "gate", "tests": "1", "failures": "0", "errors": "1"})
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name="could not run")
        ElementTree.SubElement(case, "error", message=_valid(report.error or "nothing was judged"))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(suites: ElementTree.Element, report: GateReport, facts: dict[str, str]) -> ElementTree.Element:
    """A suite that says in its properties which artifact it is about: a viewer shows each by itself."""
    suite = ElementTree.SubElement(suites, "testsuite", facts)
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in asdict(report.artifact).items():
        if value is not None:
            ElementTree.SubElement(properties, "property", name=f"artifact.{name}", value=_valid(value))
    return suite


def write_reports(report: GateReport, json_file: Path | None, markdown: Path | None, junit: Path | None) -> None:
    """Write the forms that were asked for; directories are made."""
    for path, render in ((json_file, as_json), (markdown, as_markdown), (junit, as_junit)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(report), encoding="utf-8")


def _loss(sentence: WorseSentence) -> float:
    return sentence.baseline_score - sentence.score


def _texts(sentence: WorseSentence) -> Iterator[tuple[str, str]]:
    yield "source", sentence.source
    yield "reference", sentence.reference
    yield "baseline", sentence.baseline
    yield "now", sentence.hypothesis


def _told(verdict: Verdict) -> str:
    """The sentences that got worse, as plain lines."""
    lines: Sequence[str] = [
        f"line {each.line} lost {_loss(each):.1f} chrF++: {each.baseline!r} became {each.hypothesis!r}"
        for each in verdict.worse
    ]
    return "\n".join(lines)


def _valid(text: str) -> str:
    """`text` without what XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or c > "￿")
