"""Laws of validation: the driver of the search changes nothing, and scores are what they claim to be."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.search import Translator
from tests.laws import examples
from tests.training.toy_run import toy_network
from training.config import SearchConfig
from training.dataset import Example, make_batch
from training.validate import compact, max_length, sum_nll, translate_ids, translate_nbest

SEARCH = SearchConfig(beam_size=3, length_penalty=0.8, max_length_factor=1.5, max_length_offset=3)
EOS = 3


def make_sources(number: int, seed: int = 5) -> list[list[int]]:
    rng = random.Random(seed)
    return [[*rng.choices(range(4, 20), k=rng.randint(0, 7)), EOS] for _ in range(number)]


@pytest.mark.parametrize("capacity", [1, 3, 8, 64])
def test_batch_mates_and_capacity_do_not_change_a_translation(capacity: int) -> None:
    translator, sources = Translator(toy_network()), make_sources(11)
    together = translate_ids(translator, sources, SEARCH, capacity=capacity)
    alone = [translate_ids(translator, [source], SEARCH)[0] for source in sources]
    assert [t.ids for t in together] == [t.ids for t in alone]
    assert [t.score for t in together] == pytest.approx([t.score for t in alone])


def test_translations_end_within_their_limit() -> None:
    sources = make_sources(11)
    for source, translation in zip(sources, translate_ids(Translator(toy_network()), sources, SEARCH, 9), strict=True):
        assert translation.ids[-1] == EOS
        assert EOS not in translation.ids[:-1]
        assert len(translation.ids) <= max_length(len(source), SEARCH, 9)


def test_log_prob_of_the_search_is_the_forced_likelihood() -> None:
    network, sources = toy_network(), make_sources(6)
    for source, translation in zip(sources, translate_ids(Translator(network), sources, SEARCH), strict=True):
        assert -sum_nll(network, [source], [translation.ids]) == pytest.approx(translation.log_prob)


def test_nll_of_many_is_the_sum_over_each() -> None:
    network, sources, targets = toy_network(), make_sources(70), make_sources(70, seed=6)
    alone = sum(sum_nll(network, [s], [t]) for s, t in zip(sources, targets, strict=True))
    assert sum_nll(network, sources, targets) == pytest.approx(alone)


def test_nll_leaves_no_gradient_and_no_mode_behind() -> None:
    network = toy_network()
    sum_nll(network, make_sources(2), make_sources(2))
    assert not network.training
    batch = make_batch([Example([4, EOS], [5, EOS])])
    network(batch.src_ids, batch.src_lengths, batch.tgt_in).sum().backward()  # not poisoned by inference mode


@pytest.mark.parametrize(("num_source_ids", "expected"), [(1, 5), (2, 6), (3, 8), (100, 20)])
def test_limit_grows_with_the_source_up_to_the_models(num_source_ids: int, expected: int) -> None:
    assert max_length(num_source_ids, SEARCH, 20) == expected


def test_no_sources_give_no_translations() -> None:
    assert translate_ids(Translator(toy_network()), [], SEARCH) == []


@examples(100, nightly=2_000)
@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_rows_are_mirrored_as_the_search_moves_them(case: tuple[int, set[int]]) -> None:
    size, freed = case
    translator = Translator(toy_network())
    state = translator.open(8, 1, 4, 8, 1.0, 0.0)
    lengths = torch.ones(size, dtype=torch.int64)
    names = torch.arange(1, size + 1)  # the maximal length tells the rows apart
    state = translator.admit(state, torch.full((size, 1), EOS), lengths, names, lengths)
    state = translator.release(state, torch.tensor(sorted(freed)))
    expected = compact(names.tolist(), sorted(freed))
    assert state.arena.max_lengths[: state.num_rows].tolist() == expected


def test_the_best_of_several_is_the_only_one_of_one_and_they_are_in_order() -> None:
    translator, sources = Translator(toy_network()), make_sources(11)
    several = translate_nbest(translator, sources, SEARCH, 3, capacity=4)
    assert [found[0].ids for found in several] == [each.ids for each in translate_ids(translator, sources, SEARCH)]
    for found in several:
        assert 1 <= len(found) <= SEARCH.beam_size
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
        assert len({tuple(each.ids) for each in found}) == len(found)
    assert any(len(found) > 1 for found in several)
