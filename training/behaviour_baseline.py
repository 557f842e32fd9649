"""The pass rates that an artifact has reached: `behaviour.json` beside its `gate.json`, which outlives its weights."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from training.behaviour import Rate
from training.judge import Finding
from training.requirements import RequirementsError
from training.testset import TestText

BASELINE = "behaviour.json"
LARGEST_LOSS = 1  # cases of one capability: one case may fall the other way by chance
LARGEST_TOTAL_LOSS = 2  # cases of one direction


@dataclass(frozen=True)
class BehaviourBaseline:
    """Pass rates by direction and capability, and the suite that they were measured with."""

    suite: TestText
    rates: Mapping[tuple[str, str], Mapping[str, Rate]]


def load_baseline(artifact: Path) -> BehaviourBaseline | None:
    """The baseline of an artifact, or None where it has none.

    Raises:
        RequirementsError: the file cannot be used.
    """
    path = artifact / BASELINE
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rates = {
            (pair["source_language"], pair["target_language"]): {
                name: Rate(**rate) for name, rate in pair["rates"].items()
            }
            for pair in content["pairs"]
        }
        return BehaviourBaseline(TestText(**content["suite"]), rates)
    except (OSError, ValueError) as error:
        raise RequirementsError(f"{path} cannot be used: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise RequirementsError(f"{path} cannot be used: `behaviour --record` writes another form") from error


def save_baseline(artifact: Path, baseline: BehaviourBaseline) -> None:
    """Write the baseline into an artifact."""
    pairs = [
        {"source_language": source, "target_language": target, "rates": {n: asdict(r) for n, r in rates.items()}}
        for (source, target), rates in baseline.rates.items()
    ]
    text = json.dumps({"suite": asdict(baseline.suite), "pairs": pairs}, indent=2, ensure_ascii=False)
    (artifact / BASELINE).write_text(text + "\n", encoding="utf-8")


def judge_rates(baseline: Mapping[str, Rate], found: Mapping[str, Rate]) -> Iterator[Finding]:
    """Compare the pass rates of one direction with those that were reached before."""
    for capability, before in baseline.items():
        now = found.get(capability, Rate(0, 0))
        if now.total != before.total:
            text = f"{capability}: {now.total} cases, the baseline has {before.total}"
            yield Finding(f"behaviour: {capability}", text, refuses=True)
            continue
        text = f"{capability}: {now}, baseline {before}"
        yield Finding(f"behaviour: {capability}", text, refuses=before.passed - now.passed > LARGEST_LOSS)
    before_all, now_all = (sum(rate.passed for rate in rates.values()) for rates in (baseline, found))
    text = f"all capabilities: {now_all} cases passed, baseline {before_all}"
    yield Finding("behaviour: all", text, refuses=before_all - now_all > LARGEST_TOTAL_LOSS)
