"""The plain ways to train compute what ours does: only then is their speed comparable."""

import pytest
import torch
from torch import Tensor

from benchmarks.plain_network import ElementDropout, plain
from benchmarks.training_speed import composed_cross_entropy, make_ways, measure, ratios
from model.config import ModelConfig
from model.layers import SharedDropout
from model.seq2seq import Seq2Seq
from training.config import TrainingConfig
from training.dataset import Batch, Example, make_batch
from training.loss import Objective, cross_entropy

SIZES = {"vocab_size": 20, "embedding_size": 8, "encoder_size": 6, "decoder_size": 8, "num_heads": 2}


@pytest.fixture
def network() -> Seq2Seq:
    torch.manual_seed(3)
    return Seq2Seq(ModelConfig(**SIZES))


@pytest.fixture
def batch() -> Batch:
    return make_batch(
        [Example([7, 9, 3], [8, 3]), Example([5, 6, 7, 8, 3], [9, 10, 11, 3]), Example([4, 3], [5, 6, 7, 8, 9, 3])]
    )


def loss_and_gradient(network: Seq2Seq, batch: Batch) -> tuple[Tensor, Tensor]:
    loss = Objective(network, 0.1)(batch.src_ids, batch.src_lengths, batch.tgt_in, batch.tgt_out).loss
    loss.backward()
    assert network.embedding.weight.grad is not None
    return loss.detach(), network.embedding.weight.grad


def test_packed_sequences_give_the_same_loss_and_gradient(network: Seq2Seq, batch: Batch) -> None:
    network.eval().double()
    ours, packed = (loss_and_gradient(each, batch) for each in (network, plain(network)))
    torch.testing.assert_close(packed, ours)


def test_plain_dropout_draws_for_each_element(network: Seq2Seq) -> None:
    dropouts = [each for each in plain(network).modules() if isinstance(each, SharedDropout)]
    assert len(dropouts) == len([each for each in network.modules() if isinstance(each, SharedDropout)])
    assert all(isinstance(each, ElementDropout) for each in dropouts)
    dropped = dropouts[0].train()(torch.ones(1, 50, 4)) == 0.0
    assert (dropped != dropped[:, :1]).any()


def test_the_composed_loss_is_ours(batch: Batch) -> None:
    layer = (torch.randn(*batch.tgt_out.shape, 8), torch.randn(20, 8), torch.randn(20))
    ours, composed = (each(*layer, batch.tgt_out, 0.1, 0) for each in (cross_entropy, composed_cross_entropy))
    torch.testing.assert_close(tuple(composed), tuple(ours))


def test_every_way_is_compared_with_ours_on_every_batch_but_the_first(network: Seq2Seq, batch: Batch) -> None:
    found = measure(make_ways(network, TrainingConfig(precision="fp32")), [batch] * 3)
    assert {len(rates) for rates in found.values()} == {2}
    assert len(ratios(found)) == len(found) - 1
    assert all(each.value > 0.0 for each in ratios(found))
