"""Steps that are replayed, on a device that is the processor: the same answers, and who waits for whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, cast

import pytest
import torch
from hypothesis import given
from torch import Tensor

from model.search import Translator
from service.artifact import Artifact
from service.engine import rehearsal
from service.engine.border import Kept, KeptOnDevice
from service.engine.compute import Compute
from service.engine.options import EngineOptions
from service.engine.precision import CUDA_BF16, Precision, choose_precision, form_of
from service.engine.replay import Replayed, buckets
from service.engine.runner import Runner
from service.engine.segment import Lane, Priority
from tests.laws import examples
from tests.model.factories import make_network
from tests.service.engine.harness import alone
from tests.service.engine.test_company import Alone, Arrival, check, options, plans, run
from tests.service.engine.test_precision import answers, network
from tests.service.factories import VOCAB_SIZE, make_artifact, make_segment

__all__ = ["network"]


class Processor:
    """A device that does at once what it is told to, and notes the order."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def record(self, step: Callable[[], None]) -> Callable[[], None]:
        step()  # as a warm-up does

        def replay() -> None:
            self.events.append("step")
            step()

        return replay

    @contextmanager
    def beside(self, *inputs: Tensor) -> Iterator[None]:
        self.events.append("encode")
        yield

    def join(self) -> None:
        self.events.append("enter")

    def wait(self) -> None:
        self.events.append("wait")


@contextmanager
def replaying(device: Processor | None = None) -> Iterator[None]:
    """Let every runner that is made meanwhile replay its steps."""
    device = device or Processor()

    def recorded(_: Compute, artifact: Artifact, kept: Kept, capacity: int) -> Kept:
        return Replayed(cast(KeptOnDevice, kept), buckets(capacity), device, torch.device("cpu"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compute, "recorded", recorded)
        yield


@cache
def scripted_artifact() -> tuple[Artifact, Alone]:
    """A tiny scripted network in float64, and what it answers without being replayed."""
    scripted = cast(Translator, torch.jit.script(Translator(make_network(seed=3, vocab_size=VOCAB_SIZE))))
    artifact = make_artifact(scripted, samples=())
    return artifact, alone(artifact)


@pytest.mark.slow
@given(options(), plans)
@examples(20, nightly=500)
def test_replaying_changes_nothing(options: EngineOptions, plan: list[Arrival]) -> None:
    artifact, alone = scripted_artifact()
    with replaying():
        inboxes = run(artifact, options, plan)
    check(plan, inboxes, alone)


@pytest.mark.parametrize("group", [1, 4, 16])
@pytest.mark.parametrize("is_strict", [False, True])
def test_all_that_come_in_a_turn_are_answered_as_without(network: Artifact, group: int, is_strict: bool) -> None:
    options = EngineOptions(beam_sizes=(3,), precision="fp32", is_strict=is_strict, max_rows=32)
    expected = answers(network, options, 1)
    with replaying():
        found = answers(network, options, group)
    assert [each.ids for each in found] == [each.ids for each in expected]


def test_newcomers_are_encoded_beside_the_steps_and_join_after_them(network: Artifact) -> None:
    device, lane = Processor(), Lane(network.name, 3, Priority.INTERACTIVE)
    with replaying(device):
        runner = Runner([network], EngineOptions(beam_sizes=(3,), max_rows=4))
        runner.open(lane)
    segment = make_segment(11, 12, 13, beam_size=3, max_length=12)
    runner.admit(lane, [segment])
    assert device.events == ["encode", "enter", "wait"]
    device.events.clear()
    runner.admit(lane, [segment, segment])
    assert runner.step(lane, 2) == []
    assert device.events == ["step", "step", "encode", "wait", "enter"]
    with torch.inference_mode():
        assert len(cast(Any, runner)._arenas[lane].kept_step(0)) == 3


def test_there_is_a_bucket_for_every_number_of_rows() -> None:
    assert buckets(1) == [1]
    assert buckets(4) == [1, 2, 4]
    assert buckets(24) == [1, 2, 4, 8, 16, 24]


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [({}, [1, 2, 4, 6]), ({"is_strict": True}, [6]), ({"has_cuda_graphs": False}, None)],
)
def test_steps_are_recorded_on_cuda_unless_the_user_says_otherwise(
    network: Artifact, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], sizes: list[int] | None
) -> None:
    recorded: list[list[int]] = []
    monkeypatch.setattr("service.engine.compute.Cuda", Processor)
    monkeypatch.setattr("service.engine.compute.Replayed", lambda _, sizes, *__: recorded.append(sizes))
    compute, kept = Compute([network], replace(EngineOptions(precision="fp32"), **changes)), cast(Kept, object())
    assert compute.recorded(network, kept, 6) is kept  # on a processor
    compute.device = torch.device("cuda")
    is_kept = compute.recorded(network, kept, 6) is kept
    assert (recorded, is_kept) == (([], True) if sizes is None else ([sizes], False))


def test_samples_are_compared_where_the_module_is_served_from(
    network: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(rehearsal, "self_check", lambda _, device: asked.append(device))
    runner = Runner([network], EngineOptions(beam_sizes=(network.config.search.beam_size,), precision="fp32"))
    monkeypatch.setattr(Runner, "precision", lambda *_: Precision.BF16)
    monkeypatch.setattr(Runner, "device", "cuda")
    rehearsal.rehearse(runner, runner.lanes[0])
    assert asked == ["cuda"]


def test_bf16_is_chosen_on_a_device_that_has_it() -> None:
    assert choose_precision("auto", {CUDA_BF16}) is Precision.BF16
    assert choose_precision("fp32", {CUDA_BF16}) is Precision.FP32
    assert form_of(Precision.BF16, {CUDA_BF16}) == "bfloat16"
    assert form_of(Precision.FP32, {CUDA_BF16}) == "plain"


@pytest.mark.gpu
@pytest.mark.parametrize("group", [1, 4, 16])
def test_graphs_answer_as_steps_that_are_launched(network: Artifact, group: int) -> None:
    options = EngineOptions(beam_sizes=(3,), device="cuda", precision="fp32", max_rows=32)
    found = answers(network, options, group)
    launched = answers(network, replace(options, has_cuda_graphs=False), group)
    assert [each.ids for each in found] == [each.ids for each in launched]
    assert [each.score for each in found] == pytest.approx([each.score for each in launched], abs=1e-4)


@pytest.mark.gpu
def test_bf16_is_what_a_device_computes_in_and_is_hardly_worse(network: Artifact) -> None:
    options = EngineOptions(beam_sizes=(3,), device="cuda", max_rows=32)
    assert Runner([network], options).precision(network.name) is Precision.BF16
    exact = answers(network, EngineOptions(beam_sizes=(3,), precision="fp32"), 16)
    found = answers(network, options, 16)
    assert sum(one.ids == other.ids for one, other in zip(found, exact, strict=True)) >= len(exact) // 2
