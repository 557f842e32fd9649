"""What the shipped artifacts compute in on the machine at hand: what is chosen by capability, and no less fast."""

from pathlib import Path

import pytest

from service.artifact import load
from service.engine.options import EngineOptions
from service.engine.rehearsal import rehearse
from service.engine.runner import Runner
from service.engine.segment import Priority
from service.text.subword import describe

ARTIFACTS = sorted((Path(__file__).parents[2] / "artifacts").glob("*/config.json"))


@pytest.mark.slow
@pytest.mark.parametrize("config", ARTIFACTS, ids=lambda path: path.parent.name)
def test_its_samples_are_as_good_in_the_precision_that_is_chosen(config: Path) -> None:
    """Else a service would warn, and serve it in fp32."""
    artifact = load(config.parent, describe)
    runner = Runner([artifact], EngineOptions(max_rows=8))
    runner.start()
    chosen = runner.precision(artifact.name)
    for lane in runner.lanes:
        if lane.priority is Priority.INTERACTIVE and not lane.is_reserve:
            rehearse(runner, lane)
    assert runner.precision(artifact.name) is chosen
