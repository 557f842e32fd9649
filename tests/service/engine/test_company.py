"""Law: any arrival order, slot count, batch-mates or cancellations give the same tokens as translating alone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from model.search import Translator
from service.artifact import Artifact
from service.engine.errors import Cancelled
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis, Result
from service.engine.segment import Priority, Segment
from tests.laws import examples
from tests.model.factories import make_network
from tests.service.engine.harness import Bench, alone
from tests.service.factories import MAX_SOURCE, VOCAB_SIZE, Inbox, echo, make_artifact, make_segment

Alone = Callable[[Segment], tuple[Hypothesis, ...]]


@dataclass(frozen=True)
class Arrival:
    """Segments that come together in a turn, and may be given up in a later one."""

    turn: int
    segments: tuple[Segment, ...]
    cancelled_at: int | None


@st.composite
def arrivals(draw: Any) -> Arrival:
    turn, client = draw(st.integers(0, 12)), draw(st.sampled_from("ab"))
    priority = draw(st.sampled_from(Priority))
    segments = draw(st.lists(sources(client, priority), min_size=1, max_size=4))
    patience = draw(st.none() | st.integers(0, 10))
    return Arrival(turn, tuple(segments), None if patience is None else turn + patience)


@st.composite
def sources(draw: Any, client: str, priority: Priority) -> Segment:
    pieces = draw(st.lists(st.integers(4, VOCAB_SIZE - 1), max_size=MAX_SOURCE - 1))
    beam_size = draw(st.sampled_from([1, 3]))
    return make_segment(
        *pieces,
        client=client,
        priority=priority,
        beam_size=beam_size,
        max_length=draw(st.integers(1, 14)),
        num_best=draw(st.integers(1, beam_size)),
        wants_attention=draw(st.booleans()),
    )


@st.composite
def options(draw: Any) -> EngineOptions:
    return EngineOptions(
        beam_sizes=(1, 3),
        max_rows=draw(st.integers(1, 5)),
        encode_tokens=draw(st.sampled_from([1, 20, 100])),
        max_steps=draw(st.integers(1, 4)),
        visit_s=1e9,
    )


plans = st.lists(arrivals(), min_size=1, max_size=6)


def run(artifact: Artifact, options: EngineOptions, plan: list[Arrival]) -> list[Inbox]:
    """Let `plan` happen; returns what each arrival's receiver got."""
    bench, inboxes = Bench(artifact, options), [Inbox() for _ in plan]
    tickets: dict[int, Any] = {}
    for turn in range(25):
        for i, arrival in enumerate(plan):
            if arrival.turn == turn:
                tickets[i] = bench.submit(arrival.segments, inboxes[i])
            if arrival.cancelled_at == turn:
                bench.batcher.cancel(tickets[i].entries)
        bench.batcher.turn()
    bench.finish()
    return inboxes


def check(plan: list[Arrival], inboxes: list[Inbox], alone: Alone) -> None:
    for arrival, inbox in zip(plan, inboxes, strict=True):
        assert sorted(index for index, _ in inbox.arrivals) == list(range(len(arrival.segments)))
        for index, outcome in inbox.arrivals:
            if not (arrival.cancelled_at is not None and isinstance(outcome, Cancelled)):
                assert isinstance(outcome, Result)
                compare(outcome.hypotheses, alone(arrival.segments[index]))


def compare(found: tuple[Hypothesis, ...], expected: tuple[Hypothesis, ...]) -> None:
    assert [h.ids for h in found] == [h.ids for h in expected]
    assert [h.score for h in found] == pytest.approx([h.score for h in expected], abs=1e-9)
    assert [h.log_prob for h in found] == pytest.approx([h.log_prob for h in expected], abs=1e-9)
    for one, other in zip(found, expected, strict=True):
        assert (one.attention is None) == (other.attention is None)
        if one.attention is not None and other.attention is not None:
            assert one.attention.shape == other.attention.shape
            np.testing.assert_allclose(one.attention, other.attention, atol=1e-6)


@cache
def echo_artifact() -> tuple[Artifact, Alone]:
    artifact = make_artifact()
    return artifact, alone(artifact)


@cache
def network_artifact() -> tuple[Artifact, Alone]:
    """A tiny network in float64; its choices are clear and its answers differ in length."""
    artifact = make_artifact(Translator(make_network(seed=3, vocab_size=VOCAB_SIZE)), samples=())
    return artifact, alone(artifact)


@given(options(), plans)
@examples(100, nightly=2_000)
def test_company_changes_nothing_for_an_echo(options: EngineOptions, plan: list[Arrival]) -> None:
    artifact, alone = echo_artifact()
    check(plan, run(artifact, options, plan), alone)


@given(options(), plans)
@examples(20, nightly=500)
def test_company_changes_nothing_for_a_network(options: EngineOptions, plan: list[Arrival]) -> None:
    artifact, alone = network_artifact()
    check(plan, run(artifact, options, plan), alone)


@given(sources("a", Priority.INTERACTIVE))
@examples(100)
def test_an_echo_alone_is_an_echo(segment: Segment) -> None:
    hypotheses = echo_artifact()[1](segment)
    ranks = range(min(segment.num_best, len(segment.ids)))
    assert [h.ids for h in hypotheses] == [echo(segment.ids, segment.max_length, rank) for rank in ranks]


def test_a_network_says_different_things_to_different_sources() -> None:
    _, alone = network_artifact()
    answers = {alone(make_segment(*range(4, 4 + n), beam_size=3, max_length=14))[0].ids for n in range(1, 20)}
    assert len(answers) > 5
    assert len({len(answer) for answer in answers}) > 2
