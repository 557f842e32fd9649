"""Laws of the network: padding, attention, unrolling, configuration."""

import numpy
import pytest
import torch

from model.attention import Attention, attend
from model.config import ModelConfig
from model.decoder import decoder_step
from model.encoder import reversal_index
from model.layers import SharedDropout
from model.states import Memory
from tests.model.factories import make_config, make_network, make_sources


def test_padding_a_source_changes_nothing() -> None:
    network = make_network()
    ids, lengths = make_sources([5, 3, 7])
    padded = torch.cat([ids, torch.zeros(3, 4, dtype=torch.int64)], dim=1)
    targets = torch.tensor([[2, 5, 6]] * 3)
    torch.testing.assert_close(network(padded, lengths, targets), network(ids, lengths, targets), rtol=0, atol=1e-12)


def test_batch_mates_change_nothing() -> None:
    network = make_network()
    ids, lengths = make_sources([5, 3, 7])
    targets = torch.tensor([[2, 5, 6]] * 3)
    together = network(ids, lengths, targets)
    for i in range(3):
        alone = network(ids[i : i + 1, : lengths[i]], lengths[i : i + 1], targets[i : i + 1])
        torch.testing.assert_close(alone, together[i : i + 1], rtol=0, atol=1e-12)


def test_reversal_is_its_own_inverse_and_leaves_padding() -> None:
    index = reversal_index(torch.tensor([3, 5]), 5)
    assert index.tolist() == [[2, 1, 0, 3, 4], [4, 3, 2, 1, 0]]
    assert torch.equal(index.gather(1, index), torch.arange(5).expand(2, 5))


def test_attention_equals_a_numpy_loop() -> None:
    torch.manual_seed(0)
    N, G, T, S, D = 2, 3, 4, 5, 6
    queries, keys, values = (torch.randn(N, G, n, D, dtype=torch.float64) for n in (T, S, S))
    lengths = torch.tensor([5, 3])
    context, weights = attend(queries, Memory(keys=keys, values=values, lengths=lengths))
    for n in range(N):
        for t in range(T):
            expected = []
            for g in range(G):
                energy = (keys[n, g] @ queries[n, g, t]).numpy()[: lengths[n]]
                share = numpy.exp(energy - energy.max())
                share /= share.sum()
                numpy.testing.assert_allclose(weights[n, g, t, : lengths[n]], share, atol=1e-12)
                expected.append(share @ values[n, g, : lengths[n]].numpy())
            numpy.testing.assert_allclose(context[n, t], numpy.concatenate(expected), atol=1e-12)
    assert not bool(weights[1, :, :, 3:].any())


def test_attention_over_all_positions_scales_its_queries() -> None:
    attention = Attention(make_config()).double()
    memory = attention.remember(torch.randn(1, 3, 12, dtype=torch.float64), torch.tensor([3]))
    states = torch.zeros(1, 2, 8, dtype=torch.float64)
    expected = memory.values.mean(dim=2).flatten(1)  # a zero query with zero bias looks everywhere alike
    torch.testing.assert_close(attention(states, memory)[0, 1], expected[0])


@pytest.mark.parametrize("decoder_layers", [2, 3])
def test_teacher_forcing_equals_repeated_single_steps(decoder_layers: int) -> None:
    network = make_network(decoder_layers=decoder_layers)
    ids, lengths = make_sources([5, 3])
    targets = torch.tensor([[2, 5, 6, 7], [2, 8, 9, 4]])
    unrolled = network(ids, lengths, targets)
    memory, state = network.encode(ids, lengths)
    state = state._replace(hidden=[h.unsqueeze(1) for h in state.hidden], cell=[c.unsqueeze(1) for c in state.cell])
    weights = network.decoder.step_weights("plain", 1)
    for t in range(targets.size(1)):
        with torch.no_grad():
            logits, attention, state = decoder_step(weights, targets[:, t : t + 1], memory, state)
        torch.testing.assert_close(logits[:, 0, :11], unrolled[:, t], rtol=0, atol=1e-12)
        assert bool((logits[:, 0, 11:] == -torch.inf).all())  # no tokens at all
        torch.testing.assert_close(attention.sum(-1), torch.ones(2, 1, dtype=torch.float64))


def test_dropout_mask_is_shared_over_time_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropped = SharedDropout(0.25)(torch.ones(50, 3, 200))
    assert torch.equal(dropped[:, 0], dropped[:, 2])
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
    assert abs(dropped.mean().item() - 1) < 0.05


def test_every_parameter_receives_a_gradient() -> None:
    network = make_network().train()
    ids, lengths = make_sources([5, 3])
    network(ids, lengths, torch.tensor([[2, 5, 6]] * 2)).log_softmax(-1)[..., 7].sum().backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None or not bool(p.grad.any())]
    assert missing == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder_size": 0}, "encoder_size is 0"),
        ({"decoder_layers": 1}, "decoder_layers is 1"),
        ({"num_heads": 3}, "not a multiple of num_heads 3"),
        ({"hidden_dropout": 1.0}, r"hidden_dropout is 1.0; it must lie in \[0, 1\)"),
        ({"pad_id": 3}, "not distinct"),
        ({"eos_id": 11}, "vocabulary of 11"),
    ],
)
def test_a_bad_configuration_names_field_and_limit(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelConfig(vocab_size=11, **{"decoder_size": 8, "num_heads": 2, **changes})
