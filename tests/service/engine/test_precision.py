"""What steps compute in: who chooses, and what must hold whatever is chosen."""

import logging
from dataclasses import replace
from typing import Any, cast

import pytest
import torch

from model.search import Translator
from service.artifact import Artifact, SamplesNotReproduced
from service.artifact_config import Sample
from service.engine import compute, rehearsal
from service.engine.options import EngineOptions
from service.engine.precision import Precision, PrecisionUnavailable, choose_precision, form_of
from service.engine.result import Hypothesis, Result
from service.engine.runner import Runner
from service.engine.segment import Segment
from tests.model.factories import make_network
from tests.service.engine.harness import Bench
from tests.service.factories import VOCAB_SIZE, Inbox, make_artifact, make_segment

AVX2 = frozenset({"avx2", "fbgemm", "mkldnn"})


@pytest.mark.parametrize("capabilities", [frozenset[str](), AVX2, AVX2 | {"amx_bf16", "avx512_bf16", "avx512_vnni"}])
def test_what_costs_quality_is_chosen_by_nobody_but_the_user(capabilities: frozenset[str]) -> None:
    assert choose_precision("auto", capabilities) is Precision.FP32


def test_int8_is_chosen_where_the_processor_and_the_module_hold_all_of_its_levels() -> None:
    assert choose_precision("auto", AVX2 | {"avx512_vnni", "int8_vnni"}) is Precision.INT8
    assert choose_precision("auto", AVX2 | {"int8_vnni"}) is Precision.FP32
    assert choose_precision("auto", {"avx512_vnni", "int8_vnni"}) is Precision.FP32


@pytest.mark.parametrize("wanted", Precision)
def test_who_asks_for_what_is_there_gets_it(wanted: Precision) -> None:
    assert choose_precision(wanted, AVX2 | {"avx512_bf16"}) is wanted


@pytest.mark.parametrize(
    ("wanted", "needed"), [("bf16", "amx_bf16 or avx512_bf16"), ("int8", "avx2 and fbgemm and mkldnn")]
)
def test_what_is_not_there_is_refused_with_what_it_needs(wanted: str, needed: str) -> None:
    with pytest.raises(PrecisionUnavailable, match=f"precision is {wanted}; it needs {needed}"):
        choose_precision(wanted, frozenset())


def test_int8_has_all_levels_where_processor_and_module_hold_them() -> None:
    assert form_of(Precision.INT8, AVX2 | {"avx512_vnni", "int8_vnni"}) == "int8_vnni"
    assert form_of(Precision.INT8, AVX2 | {"avx512_vnni"}) == "int8"
    every_form = AVX2 | {"avx512_vnni", "int8_vnni", "int8_bfloat16"}
    assert form_of(Precision.INT8, every_form | {"avx512_bf16"}) == "int8_bfloat16"
    assert form_of(Precision.INT8, every_form) == "int8_vnni"
    assert form_of(Precision.INT8, every_form | {"avx512_bf16", "amx_bf16"}) == "int8_vnni"
    assert form_of(Precision.INT8, AVX2 | {"avx512_vnni", "int8_vnni", "avx512_bf16"}) == "int8_vnni"
    assert form_of(Precision.FP32, AVX2) == "half"
    assert form_of(Precision.FP32, frozenset({"avx2"})) == "plain"


def test_an_unknown_precision_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="precision is 'fp8'; it must be one of auto, fp32, bf16, int8"):
        EngineOptions(precision="fp8")


def test_an_artifact_without_a_choice_computes_in_fp32_and_refuses_another() -> None:
    assert Runner([make_artifact()], EngineOptions()).precision("echo") is Precision.FP32
    with pytest.raises(PrecisionUnavailable, match="'prepare'"):
        Runner([make_artifact()], EngineOptions(precision="int8"))


def test_the_choice_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "service.engine.compute"):
        Runner([make_artifact()], EngineOptions())
    assert "echo computes in fp32" in caplog.text


@pytest.fixture(scope="module")
def network() -> Artifact:
    """A scripted network in float32, wide enough for all kernels, with clear choices; weights as if stored in half."""
    eager = make_network(5, vocab_size=VOCAB_SIZE, decoder_size=32, embedding_size=32, encoder_size=32)
    scripted = cast(Translator, torch.jit.script(Translator(eager.half().float())))
    return make_artifact(scripted, samples=())


def segments() -> list[Segment]:
    """Sources of many lengths."""
    generator = torch.Generator().manual_seed(0)
    lengths = [1, 2, 3, 5, 8, 11, 13, 16, 17, 20, 23, 7, 9, 4, 22, 19]
    return [
        make_segment(*torch.randint(4, VOCAB_SIZE, (n,), generator=generator).tolist(), beam_size=3, max_length=12)
        for n in lengths
    ]


def answers(artifact: Artifact, options: EngineOptions, group: int) -> list[Hypothesis]:
    """What `artifact` answers to all segments, if `group` of them come in a turn; alone, if that is one."""
    bench, found = Bench(artifact, options), list[Hypothesis]()
    sources, inboxes = segments(), list[Inbox]()
    for start in range(0, len(sources), group):
        inboxes.append(Inbox())
        bench.submit(sources[start : start + group], inboxes[-1])
        bench.batcher.turn()
        if group == 1:
            bench.finish()
    bench.finish()
    for inbox in inboxes:
        for index in sorted(inbox.outcomes):
            outcome = inbox.outcomes[index]
            assert isinstance(outcome, Result)
            found.append(outcome.hypotheses[0])
    return found


def options(precision: str, is_strict: bool = False, max_rows: int = 32) -> EngineOptions:
    """Options of that precision."""
    return EngineOptions(beam_sizes=(3,), precision=precision, is_strict=is_strict, max_rows=max_rows)


@pytest.fixture(params=["best", "int8_vnni"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The best form of int8 that there is here, or int8 with all levels and an encoder in float32."""
    found = str(request.param)
    if found == "int8_vnni":
        if torch.cpu.get_capabilities().get("avx512_vnni") is not True:
            pytest.skip("no VNNI")
        monkeypatch.setattr(compute, "HALF_ENCODER_FORM", "no such form")
    return found


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_strict_answers_are_the_same_to_the_last_bit_in_any_company(network: Artifact, precision: str) -> None:
    alone = answers(network, options(precision, True, max_rows=1), 1)
    for group, max_rows in ((2, 3), (5, 7), (16, 16)):
        company = answers(network, options(precision, True, max_rows=max_rows), group)
        assert [(h.ids, h.log_prob, h.score) for h in company] == [(h.ids, h.log_prob, h.score) for h in alone]


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_fast_answers_are_the_same_but_for_rounding(network: Artifact, precision: str) -> None:
    alone, company = (answers(network, options(precision), group) for group in (1, 16))
    assert [h.ids for h in company] == [h.ids for h in alone]
    assert [h.score for h in company] == pytest.approx([h.score for h in alone], abs=1e-5)


def test_fp32_is_the_module_as_it_stands_but_for_rounding(network: Artifact) -> None:
    plain, packed = answers(network, options("fp32", True), 16), answers(network, options("fp32"), 16)
    assert [h.ids for h in packed] == [h.ids for h in plain]
    assert [h.score for h in packed] == pytest.approx([h.score for h in plain], abs=1e-5)


def test_int8_is_not_fp32(network: Artifact) -> None:
    exact, lossy = answers(network, options("fp32"), 16), answers(network, options("int8"), 16)
    assert [h.score for h in lossy] != [h.score for h in exact]


def rehearsed(network: Artifact, precision: str, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A runner that has run the samples of `network`, where int8 is what `auto` chooses, and never good enough."""
    beam_size = network.config.search.beam_size
    sources = [replace(each, beam_size=beam_size) for each in segments()[4:8]]
    runner = Runner([network], EngineOptions(beam_sizes=(beam_size,), precision="fp32"))
    runner.start()
    runner.admit(runner.lanes[0], sources)
    runner.step(runner.lanes[0], network.config.limits.max_target_tokens)
    best = [found[0] for found in runner.best(runner.lanes[0], range(4), sources)]
    samples = [
        Sample("en", "de", "a source", source.ids, each.ids, each.score, each.log_prob, "a target")
        for source, each in zip(sources, best, strict=True)
    ]
    monkeypatch.setattr(rehearsal, "LARGEST_LOSS", -1.0)
    monkeypatch.setattr(
        compute, "choose_precision", lambda wanted, _: Precision.INT8 if wanted == "auto" else Precision(wanted)
    )
    monkeypatch.setattr(type(network.config), "max_length", lambda *_: 12)
    options = EngineOptions(beam_sizes=(beam_size,), precision=precision)
    found = Runner([replace(network, samples=tuple(samples))], options)
    found.start()
    rehearsal.rehearse(found, found.lanes[0])
    return found


def test_auto_falls_back_to_fp32_where_int8_makes_a_sample_much_worse(
    network: Artifact, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runner = rehearsed(network, "auto", monkeypatch)
    assert runner.precision(network.name) is Precision.FP32
    assert f"so {network.name} computes in fp32" in caplog.text


def test_who_asked_for_int8_is_told_that_it_is_much_worse(network: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SamplesNotReproduced, match=r"gives score .* in int8; expected"):
        rehearsed(network, "int8", monkeypatch)


def test_where_the_encoder_turns_out_to_have_no_kernel_it_computes_in_float32(
    network: Artifact, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where `ONEDNN_MAX_CPU_ISA` hides bfloat16 from oneDNN, which torch sees."""
    asked: list[str] = []

    class Module:
        def prepare(self, form: str, _: int) -> str:
            asked.append(form)
            if form == "int8_bfloat16":
                raise RuntimeError("could not create a primitive descriptor")
            return "weights"

    everything = AVX2 | {"avx512_vnni", "avx512_bf16", "int8_vnni", "int8_bfloat16"}
    monkeypatch.setattr(compute, "_capabilities_of_cpu", lambda _: everything)
    found = compute.Compute([network], EngineOptions(precision="int8"))
    assert found.weights(replace(network, module=cast(Any, Module()))) == "weights"
    assert asked == ["int8_bfloat16", "int8_vnni"]
    assert f"{network.name}: no bfloat16 for the encoder here" in caplog.text
    assert found.form(network) == "int8_vnni"


def test_lanes_of_an_artifact_share_what_they_compute_with(network: Artifact) -> None:
    runner = Runner([network], EngineOptions(beam_sizes=(1, 2, 3), max_rows=1))
    runner.start()
    states = [cast(Any, kept).kept_state for kept in runner._arenas.values()]
    shared = {state.arena.weights.step.last_table.data_ptr() for state in states}
    assert len(runner.lanes) == 6
    assert len(shared) == 1


@pytest.mark.gpu
def test_cuda_answers_as_the_processor_does_but_for_rounding(network: Artifact) -> None:
    on_cuda = answers(network, EngineOptions(beam_sizes=(3,), device="cuda", precision="fp32"), 16)
    on_cpu = answers(network, options("fp32"), 16)
    assert [h.ids for h in on_cuda] == [h.ids for h in on_cpu]
    assert [h.score for h in on_cuda] == pytest.approx([h.score for h in on_cpu], abs=1e-4)
