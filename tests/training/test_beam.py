"""Laws of the plain search: it finds what the served search finds, and an ensemble is the mean of its members."""

import math
import random
from itertools import chain

import pytest
import torch
from torch import Tensor

from model.search import Translator
from tests.training.toy_run import toy_network
from training.beam import Reading, beam_search
from training.config import SearchConfig
from training.ensemble import Ensemble, NetworkPredictor
from training.validate import Translation, translate_nbest

SEARCHES = [
    SearchConfig(beam_size=1, length_penalty=0.0),
    SearchConfig(beam_size=3, length_penalty=1.0),
    SearchConfig(beam_size=4, length_penalty=0.6, coverage_penalty=0.2),
    SearchConfig(beam_size=3, length_penalty=2.0, max_length_factor=0.0, max_length_offset=3),
]


def random_sources(seed: int, number: int = 70) -> list[list[int]]:
    """More than one batch, of many lengths."""
    draw = random.Random(seed)
    return [[*draw.choices(range(4, 20), k=draw.randint(0, 9)), 3] for _ in range(number)]


def assert_equal(found: list[list[Translation]], expected: list[list[Translation]]) -> None:
    assert [[each.ids for each in row] for row in found] == [[each.ids for each in row] for row in expected]
    for mine, theirs in zip(chain(*found), chain(*expected), strict=True):
        assert mine[1:] == pytest.approx(theirs[1:], rel=1e-9)


@pytest.mark.parametrize("search", SEARCHES, ids=range(len(SEARCHES)))
@pytest.mark.parametrize("num_best", [1, 3])
def test_the_plain_search_finds_what_the_served_search_finds(search: SearchConfig, num_best: int) -> None:
    network = toy_network(seed=5)
    sources, most = random_sources(seed=5), min(num_best, search.beam_size)
    expected = translate_nbest(Translator(network), sources, search, most)
    assert_equal(beam_search(NetworkPredictor(network), sources, search, most), expected)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_ensemble_of_equals_translates_as_one_of_them(number: int) -> None:
    network, sources = toy_network(), random_sources(seed=2, number=20)
    expected = beam_search(NetworkPredictor(network), sources, SEARCHES[2], 3)
    assert_equal(beam_search(Ensemble([NetworkPredictor(network)] * number), sources, SEARCHES[2], 3), expected)


def test_an_ensemble_takes_the_mean_of_probabilities_not_of_logarithms() -> None:
    """One member is sure of 4 and the other rules it out; the mean of their logarithms would prefer 5."""
    members = [Fixed({4: 0.9, 5: 0.05}), Fixed({4: 0.001, 5: 0.4})]
    search = SearchConfig(beam_size=4, max_length_factor=0.0, max_length_offset=2)
    best = beam_search(Ensemble(members), [[7, 3]], search)[0][0]
    assert best.ids == [4, 3]
    ends = (0.05 / 8 + 0.599 / 8) / 2
    assert best.log_prob == pytest.approx(math.log((0.9 + 0.001) / 2) + math.log(ends))


def test_an_ensemble_of_different_networks_is_none_of_them() -> None:
    networks = [NetworkPredictor(toy_network(seed)) for seed in (1, 2)]
    sources = random_sources(seed=3, number=20)
    alone = [beam_search(network, sources, SEARCHES[1]) for network in networks]
    assert beam_search(Ensemble(networks), sources, SEARCHES[1]) not in alone


def test_an_ensemble_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one network"):
        Ensemble([])


def test_nothing_to_translate_is_no_error() -> None:
    assert beam_search(NetworkPredictor(toy_network()), [], SEARCHES[1]) == []


class Fixed:
    """Says the same of every next token."""

    bos_id, eos_id = 2, 3

    def __init__(self, probabilities: dict[int, float], vocab_size: int = 10) -> None:
        rest = (1.0 - sum(probabilities.values())) / (vocab_size - len(probabilities))
        self.log_probs = torch.tensor([probabilities.get(i, rest) for i in range(vocab_size)]).log()

    def read(self, src_ids: Tensor, src_lengths: Tensor, beam_size: int) -> Reading:
        return self

    def predict(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.log_probs.expand(*tokens.shape, -1), torch.full((*tokens.shape, 2), 0.5)

    def reorder(self, parents: Tensor) -> None: ...
