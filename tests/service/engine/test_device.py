"""Where steps are computed: who chooses, and what the runner puts there."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from service.engine.compute import DeviceUnavailable, choose_device
from service.engine.options import EngineOptions
from service.engine.runner import Runner
from service.engine.segment import Lane, Priority
from tests.service.factories import EchoTranslator, make_artifact, make_segment


@pytest.mark.parametrize(
    ("wanted", "has_cuda", "chosen"),
    [
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cuda", True, "cuda"),
    ],
)
def test_auto_takes_what_is_there(wanted: str, has_cuda: bool, chosen: str) -> None:
    assert choose_device(wanted, has_cuda) == torch.device(chosen)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(DeviceUnavailable, match=r"device is cuda; .* no CUDA device"):
        choose_device("cuda", has_cuda=False)


def test_an_unknown_device_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="device is 'tpu'; it must be one of auto, cpu, cuda"):
        EngineOptions(device="tpu")


class Recorder(nn.Module):
    """Verbs that note the device of every tensor they get, and compute elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen: list[tuple[str, str]] = []
        self._verbs = EchoTranslator()

    def open(self, *sizes: Any) -> Any:
        return self._verbs.open(*sizes)

    def admit(self, state: Any, *tensors: Tensor) -> Any:
        self._note("admit", *tensors)
        return self._verbs.admit(state, *(torch.ones(each.shape, dtype=each.dtype) for each in tensors))

    def release(self, state: Any, rows: Tensor) -> Any:
        self._note("release", rows)
        return self._verbs.release(state, torch.zeros(rows.shape, dtype=rows.dtype))

    def _note(self, verb: str, *tensors: Tensor) -> None:
        self.seen += [(verb, each.device.type) for each in (*tensors, self.weight)]


def test_weights_and_all_that_verbs_get_are_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine.compute.choose_device", lambda *_: torch.device("meta"))
    module = Recorder()
    runner = Runner([make_artifact(module)], EngineOptions())
    lane = Lane("echo", 1, Priority.INTERACTIVE)
    runner.open(lane)
    runner.admit(lane, [make_segment(11, 12)])
    runner.release(lane, [0])
    assert module.seen == [("admit", "meta")] * 5 + [("release", "meta")] * 2
