"""Laws of the search: against greedy, exhaustive and forced decoding, and of rows that come and go."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.arena import row_tensors
from model.beam import penalty
from model.search import Translator, active_rows
from model.seq2seq import Seq2Seq
from tests.laws import examples
from tests.model.factories import (
    admit_rows,
    every_translation,
    forced_log_prob,
    hypothesis_tokens,
    make_network,
    make_sources,
    open_search,
    search,
)


def greedy(network: Seq2Seq, ids: torch.Tensor, max_length: int) -> list[int]:
    """The most probable token at each step, through the training pass."""
    tokens: list[int] = []
    while len(tokens) < max_length - 1:
        with torch.no_grad():
            logits = network(ids.unsqueeze(0), torch.tensor([ids.size(0)]), torch.tensor([[network.bos_id, *tokens]]))
        tokens.append(int(logits[0, -1, network.eos_id :].argmax()) + network.eos_id)
        if tokens[-1] == network.eos_id:
            return tokens
    return [*tokens, network.eos_id]


@pytest.mark.parametrize("seed", range(8))
def test_beam_of_one_equals_greedy(seed: int) -> None:
    network = make_network(seed)
    ids, lengths = make_sources([6], seed)
    found = search(network, ids, lengths, beam_size=1, max_length=9)
    assert hypothesis_tokens(found, 0) == greedy(network, ids[0], 9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (1.0, 0.0), (0.6, 0.2)])
def test_a_beam_as_wide_as_the_space_equals_exhaustive_search(seed: int, alpha: float, beta: float) -> None:
    network = make_network(seed, vocab_size=8)
    ids, lengths = make_sources([4], seed, vocab_size=8)
    space = every_translation(8, network.eos_id, 4)
    found = search(network, ids, lengths, 4**4, 4, num_best=3, length_penalty=alpha, coverage_penalty=beta)
    if beta == 0.0:
        scores = {
            tuple(t): forced_log_prob(network, ids[0], t) / float(penalty(torch.tensor(len(t)), alpha)) for t in space
        }
        expected = sorted(scores, key=lambda t: -scores[t])[:3]
        assert [tuple(hypothesis_tokens(found, 0, rank)) for rank in range(3)] == expected
    attention = found.attention[0, 0, : int(found.lengths[0, 0])].sum(0)[:4]
    coverage = attention.clamp(1e-6, 1.0).log().sum()
    normalised = found.log_probs[0, 0] / penalty(found.lengths[0, 0], alpha)
    torch.testing.assert_close(found.scores[0, 0], normalised + beta * coverage)


@pytest.mark.parametrize("seed", range(6))
def test_log_prob_equals_forced_decoding(seed: int) -> None:
    network = make_network(seed)
    ids, lengths = make_sources([6, 4, 2], seed)
    found = search(network, ids, lengths, beam_size=4, num_best=3)
    for row, length in enumerate(lengths.tolist()):
        for rank in range(3):
            tokens = hypothesis_tokens(found, row, rank)
            forced = forced_log_prob(network, ids[row, :length], tokens)
            assert found.log_probs[row, rank].item() == pytest.approx(forced, abs=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_an_early_end_changes_no_result(seed: int) -> None:
    """Asking for more results keeps a row running longer; the best one stays."""
    network = make_network(seed, sharpness=1.0)
    ids, lengths = make_sources([6, 4], seed)
    one = search(network, ids, lengths, beam_size=6, num_best=1)
    six = search(network, ids, lengths, beam_size=6, num_best=6)
    for row in range(2):
        assert hypothesis_tokens(one, row) == hypothesis_tokens(six, row)


def test_results_are_distinct_ordered_and_end_once() -> None:
    found = search(make_network(1), *make_sources([6, 4]), beam_size=5, num_best=5)
    for row in range(2):
        hypotheses = [hypothesis_tokens(found, row, rank) for rank in range(5)]
        assert len({tuple(h) for h in hypotheses}) == 5
        assert all(h.count(3) == 1 and h[-1] == 3 for h in hypotheses)
        assert found.scores[row].tolist() == sorted(found.scores[row].tolist(), reverse=True)


def test_attention_of_each_token_is_a_distribution_over_the_source() -> None:
    ids, lengths = make_sources([6, 4])
    found = search(make_network(1), ids, lengths, beam_size=3)
    for row in range(2):
        attention = found.attention[row, 0, : int(found.lengths[row, 0])]
        torch.testing.assert_close(attention.sum(-1), torch.ones(attention.size(0), dtype=torch.float64))
        assert not bool(attention[:, int(lengths[row]) :].any())


@pytest.mark.parametrize("max_length", [1, 2, 5])
def test_no_hypothesis_is_longer_than_asked(max_length: int) -> None:
    network = make_network(3)
    with torch.no_grad():
        network.decoder.output_bias[network.eos_id] = -30.0
    found = search(network, *make_sources([6]), beam_size=3, max_length=max_length)
    assert int(found.lengths[0, 0]) == max_length


def test_admit_then_release_restores_the_other_rows_exactly() -> None:
    translator = Translator(make_network())
    ids, lengths = make_sources([5, 4, 6, 3])
    state = admit_rows(translator, open_search(translator, 4, 3), ids[:2], lengths[:2], 12)
    state = translator.step(state, 3)
    before = [t[:2].clone() for t in row_tensors(state.arena)]
    state = admit_rows(translator, state, ids[2:], lengths[2:], 12)
    state = translator.release(state, torch.tensor([2, 3]))
    assert state.num_rows == 2
    assert all(torch.equal(old, new[:2]) for old, new in zip(before, row_tensors(state.arena), strict=True))


def test_release_moves_the_last_rows_into_the_holes_in_order() -> None:
    translator = Translator(make_network())
    ids, lengths = make_sources([2, 3, 4, 5, 6])
    state = admit_rows(translator, open_search(translator, 5, 2), ids, lengths, 12)
    state = translator.release(state, torch.tensor([0, 2]))
    assert active_rows(state, 8).memory.lengths.tolist() == [5, 3, 6]


@examples(25, nightly=500)
@given(data=st.data(), capacity=st.integers(1, 4), beam_size=st.integers(1, 3))
def test_any_arrivals_slots_and_cancellations_give_the_tokens_of_translating_alone(
    data: st.DataObject, capacity: int, beam_size: int
) -> None:
    network = make_network(data.draw(st.integers(0, 5)))
    translator = Translator(network)
    lengths = data.draw(st.lists(st.integers(2, 7), min_size=2, max_size=6))
    ids, sizes = make_sources(lengths)
    waiting, owner, results = list(range(len(lengths))), list[int](), dict[int, list[int]]()
    cancelled = set(data.draw(st.lists(st.sampled_from(waiting), max_size=2)))
    state = open_search(translator, capacity, beam_size)
    while waiting or owner:
        take = data.draw(st.integers(0 if owner else 1, capacity - len(owner))) if waiting else 0
        for segment in waiting[:take]:
            length = int(sizes[segment])
            state = admit_rows(translator, state, ids[segment : segment + 1, :length], sizes[segment : segment + 1], 9)
            owner.append(segment)
        waiting = waiting[take:]
        state = translator.step(state, data.draw(st.integers(1, 3)))
        done = translator.finished(state).tolist()
        gone = [row for row, segment in enumerate(owner) if done[row] or segment in cancelled]
        found = translator.best(state, torch.tensor(gone, dtype=torch.int64), 1)
        for i, row in enumerate(gone):
            if owner[row] not in cancelled:
                results[owner[row]] = hypothesis_tokens(found, i)
        state = translator.release(state, torch.tensor(gone, dtype=torch.int64))
        owner = compact(owner, gone)
    for segment in set(range(len(lengths))) - cancelled:
        length = lengths[segment]
        alone = search(network, ids[segment : segment + 1, :length], sizes[segment : segment + 1], beam_size, 9)
        assert results[segment] == hypothesis_tokens(alone, 0)


def compact(owner: list[int], gone: list[int]) -> list[int]:
    """The host's mirror of `release`."""
    remaining = len(owner) - len(gone)
    movers = iter([owner[row] for row in range(remaining, len(owner)) if row not in gone])
    return [next(movers) if row in gone else owner[row] for row in range(remaining)]


@pytest.mark.parametrize(
    ("ids", "lengths", "max_length", "message"),
    [
        ([[5, 3]] * 3, [2] * 3, 9, "3 newcomers beside 0 rows; the capacity is 2"),
        ([[5] * 17], [17], 9, "a source of 17 tokens; the arena holds 16"),
        ([[5, 3]], [0], 9, "src_lengths must lie between 1 and 2"),
        ([[5, 3]], [3], 9, "src_lengths must lie between 1 and 2"),
        ([[5, 3]], [2], 17, "max_lengths must lie between 1 and 16"),
    ],
)
def test_bad_newcomers_are_refused_with_the_limit(
    ids: list[list[int]], lengths: list[int], max_length: int, message: str
) -> None:
    translator = Translator(make_network())
    state = open_search(translator, 2, 2)
    with pytest.raises(ValueError, match=message):
        admit_rows(translator, state, torch.tensor(ids), torch.tensor(lengths), max_length)


def test_an_arena_of_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="sizes must be at least 1"):
        Translator(make_network()).open(0, 1, 8, 8, 1.0, 0.0)
    with pytest.raises(ValueError, match="penalties must not be negative"):
        Translator(make_network()).open(1, 1, 8, 8, -1.0, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_no_translation_has_padding_unknown_or_begin(seed: int) -> None:
    """Not even where the network wants nothing else."""
    network = make_network(seed)
    with torch.no_grad():
        network.decoder.output_bias[:3] = 30.0
    found = search(network, *make_sources([6, 4]), beam_size=4, num_best=4)
    for row in range(2):
        for rank in range(4):
            assert min(hypothesis_tokens(found, row, rank)) >= 3


def test_what_is_done_stays_as_it_is_however_long_others_run() -> None:
    """Histories are rings: who is done must not be overwritten when they come round."""
    translator = Translator(make_network(1))
    ids, lengths = make_sources([5, 4, 6, 3])
    state = admit_rows(translator, open_search(translator, 2, 3), ids[:1], lengths[:1], 16)
    state = translator.step(state, 16)
    before = translator.best(state, torch.tensor([0]), 3)
    while state.clock < 40:
        state = admit_rows(translator, state, ids[1:2], lengths[1:2], 16)
        state = translator.step(state, 16)
        state = translator.release(state, torch.tensor([1]))
    after = translator.best(state, torch.tensor([0]), 3)
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
