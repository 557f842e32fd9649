"""Is one system's output better than another's? Paired bootstrap resampling (Koehn 2004), as sacreBLEU does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sacrebleu.significance import PairedTest, Result

from training.scores import LOWER_IS_BETTER, METRICS, NUM_RESAMPLES

LEVEL = 0.05
COMPARED = ("bleu", "chrf++")

Verdict = Literal["better", "worse", "undecided", "equal"]


@dataclass(frozen=True)
class Comparison:
    """One metric of a new output and of the baseline's; no `p_value` where there is no difference to test."""

    metric: str
    baseline: float
    score: float
    p_value: float | None
    signature: str
    verdict: Verdict


def compare(
    baseline: Sequence[str], hypotheses: Sequence[str], references: Sequence[str], metrics: Sequence[str] = COMPARED
) -> tuple[Comparison, ...]:
    """Compare two outputs for the same sources; with m metrics, a difference counts below p = 0.05 / m."""
    level = LEVEL / len(metrics)
    return tuple(_compare(metric, baseline, hypotheses, references, level) for metric in metrics)


def judge(metric: str, baseline: float, score: float, p_value: float | None, level: float) -> Verdict:
    """What a p-value without a sign says about two scores."""
    if p_value is None:
        return "equal"
    if p_value >= level:
        return "undecided"
    return "better" if (score > baseline) != (metric in LOWER_IS_BETTER) else "worse"


def _compare(
    metric: str, baseline: Sequence[str], hypotheses: Sequence[str], references: Sequence[str], level: float
) -> Comparison:
    """Two traps: sacreBLEU's p-value has no sign, and for identical outputs it is 0.001 instead of 1."""
    systems = [("baseline", baseline), ("new", hypotheses)]
    test = PairedTest(systems, {metric: METRICS[metric]()}, [references], test_type="bs", n_samples=NUM_RESAMPLES)
    signatures, results = test()
    (name,) = signatures
    before, after = (result for result in results[name] if isinstance(result, Result))
    is_equal = before.score == after.score
    p_value = None if is_equal or after.p_value is None else float(after.p_value)
    return Comparison(
        metric=metric,
        baseline=float(before.score),
        score=float(after.score),
        p_value=p_value,
        signature=str(signatures[name]),
        verdict=judge(metric, before.score, after.score, p_value, level),
    )
