"""Finished segments are remembered by all that their answer depends on, in bounded memory."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.cache import ResultCache, SegmentKey
from service.engine.result import Hypothesis
from service.engine.segment import Priority
from tests.laws import examples
from tests.service.factories import make_segment

SEGMENT = make_segment(7, 8, beam_size=3)
KEY = SegmentKey.of(SEGMENT, "sha256:a", "")


def answer(*ids: int) -> tuple[Hypothesis, ...]:
    return (Hypothesis(ids, -1.0, -0.5),)


def key_of(number: int) -> SegmentKey:
    return SegmentKey.of(make_segment(number), "sha256:a", "")


@pytest.mark.parametrize(
    "changes",
    [{"ids": (7, 3)}, {"beam_size": 1}, {"max_length": 9}, {"num_best": 2}, {"wants_attention": True}],
)
def test_whatever_changes_the_answer_changes_the_key(changes: dict[str, Any]) -> None:
    assert SegmentKey.of(replace(SEGMENT, **changes), "sha256:a", "") != KEY


def test_another_artifact_or_scope_is_another_key() -> None:
    assert SegmentKey.of(SEGMENT, "sha256:b", "") != KEY
    assert SegmentKey.of(SEGMENT, "sha256:a", "tenant") != KEY


def test_who_asks_and_how_urgently_does_not_change_the_key() -> None:
    other = replace(SEGMENT, client="other", priority=Priority.BULK, deadline=5.0)
    assert SegmentKey.of(other, "sha256:a", "") == KEY


def test_the_least_recently_used_go_first() -> None:
    cache = ResultCache(max_bytes=3000)
    for number in range(4, 7):
        cache.put(key_of(number), answer(number))
    room = len(cache)
    assert cache.get(key_of(4)) is not None
    for number in range(7, 6 + room):
        cache.put(key_of(number), answer(number))
    assert cache.get(key_of(4)) is not None
    assert cache.get(key_of(5)) is None


def test_without_room_nothing_is_remembered() -> None:
    cache = ResultCache(max_bytes=0)
    cache.put(KEY, answer(7))
    assert cache.get(KEY) is None
    assert cache.num_bytes == 0


def test_attention_counts() -> None:
    cache = ResultCache(max_bytes=100_000)
    cache.put(KEY, (Hypothesis((7,), -1.0, -1.0, np.zeros((100, 200), np.float32)),))
    assert cache.num_bytes > 80_000


@given(st.lists(st.tuples(st.integers(4, 12), st.integers(0, 30)), max_size=50))
@examples(100)
def test_the_bound_holds_and_the_last_put_is_found(puts: list[tuple[int, int]]) -> None:
    cache = ResultCache(max_bytes=5000)
    for number, length in puts:
        hypotheses = answer(*range(length))
        cache.put(key_of(number), hypotheses)
        assert cache.get(key_of(number)) is hypotheses
        assert 0 < cache.num_bytes <= 5000
    newest = dict(puts)
    found = {number: cache.get(key_of(number)) for number in newest}
    assert all(h is None or h[0].ids == tuple(range(newest[number])) for number, h in found.items())
