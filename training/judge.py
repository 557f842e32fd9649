"""What the quality gate finds in the translations of one test set, and which sentences fell behind the baseline."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sacrebleu.metrics.chrf import CHRF

from training.requirements import Floor, Requirement
from training.scores import lengths, score
from training.significance import compare

LARGEST_DROPS = {"bleu": 0.5, "chrf++": 0.4}  # below the baseline, significant or not


@dataclass(frozen=True)
class Finding:
    """Something that was measured, and whether it is a reason to refuse; `check` is the same word in every report."""

    check: str
    text: str
    refuses: bool = False


@dataclass(frozen=True)
class WorseSentence:
    """A sentence whose translation was better in the baseline, by sentence-level chrF++."""

    line: int  # from 1
    source: str
    reference: str
    baseline: str
    hypothesis: str
    baseline_score: float
    score: float


@dataclass(frozen=True)
class Verdict:
    """All that was found about one test set, or about behaviour in one direction."""

    subject: str
    findings: tuple[Finding, ...]
    worse: tuple[WorseSentence, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether there is at least one reason to refuse."""
        return any(finding.refuses for finding in self.findings)


def judge(requirement: Requirement, hypotheses: Sequence[str], references: Sequence[str]) -> list[Finding]:
    """Measure `hypotheses` against `references` and all that is required."""
    if len(hypotheses) != len(references):
        return [Finding("count", f"{len(hypotheses)} translations for {len(references)} sources", refuses=True)]
    empty = [i for i, text in enumerate(hypotheses, 1) if not text.strip()]
    findings = [Finding("empty", f"line {i} is empty", refuses=True) for i in empty]
    findings += _judge_lengths(requirement, hypotheses, references)
    findings += [_judge_floor(floor, hypotheses, references) for floor in requirement.floors]
    if requirement.baseline:
        findings += _judge_baseline(requirement.baseline, hypotheses, references)
    return findings


def worse_sentences(
    sources: Sequence[str],
    baseline: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[str],
    max_sentences: int,
) -> tuple[WorseSentence, ...]:
    """The sentences that lost most against the baseline, the largest loss first; empty where lengths differ."""
    if not len(sources) == len(baseline) == len(hypotheses) == len(references):
        return ()
    chrf = CHRF(word_order=2)
    found = []
    for line, (source, old, new, reference) in enumerate(
        zip(sources, baseline, hypotheses, references, strict=True), start=1
    ):
        if old != new:
            before, after = (float(chrf.sentence_score(text, [reference]).score) for text in (old, new))
            if after < before:
                found.append(WorseSentence(line, source, reference, old, new, before, after))
    found.sort(key=lambda each: each.score - each.baseline_score)
    return tuple(found[:max_sentences])


def _judge_lengths(requirement: Requirement, hypotheses: Sequence[str], references: Sequence[str]) -> Iterator[Finding]:
    """The ratio of lengths, which shows what is too long, and the brevity penalty that follows from the same bound."""
    found, shortest, longest = lengths(hypotheses, references), requirement.shortest_ratio, requirement.longest_ratio
    is_odd = not shortest <= found.length_ratio <= longest
    text = f"length ratio {found.length_ratio:.3f}, allowed {shortest}-{longest}"
    yield Finding("length ratio", text, refuses=is_odd)
    lowest = math.exp(1.0 - 1.0 / shortest)
    text = f"brevity penalty {found.brevity_penalty:.3f}, at least {lowest:.3f}"
    yield Finding("brevity penalty", text, refuses=not found.brevity_penalty >= lowest)


def _judge_floor(floor: Floor, hypotheses: Sequence[str], references: Sequence[str]) -> Finding:
    found = score(floor.metric, hypotheses, references)
    check = f"floor of {floor.metric}"
    text = f"{floor.metric} {found.score:.2f}, floor {floor.score:.2f}, {found.signature}"
    if found.signature != floor.signature:
        return Finding(check, f"{text}; the floor has another signature, {floor.signature}", refuses=True)
    return Finding(check, text, refuses=not found.score >= floor.score)


def _judge_baseline(baseline: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> Iterator[Finding]:
    if len(baseline) != len(references):
        text = f"the baseline has {len(baseline)} lines for {len(references)} references"
        yield Finding("baseline", text, refuses=True)
        return
    for found in compare(baseline, hypotheses, references, list(LARGEST_DROPS)):
        is_drop = found.baseline - found.score > LARGEST_DROPS[found.metric]
        verdict = f"{found.verdict}, p = {found.p_value:.3f}" if found.p_value is not None else found.verdict
        text = f"{found.metric} {found.score:.2f}, baseline {found.baseline:.2f}: {verdict}"
        yield Finding(f"baseline of {found.metric}", text, refuses=is_drop or found.verdict == "worse")
