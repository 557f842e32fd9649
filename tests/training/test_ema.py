"""Laws of the averaged weights."""

import pytest
import torch

from tests.training.toy_run import toy_network
from training.ema import Ema


@pytest.mark.parametrize(("step", "decay"), [(1, 1 / 11), (10, 0.5), (10_000, 0.9)])
def test_each_step_moves_by_the_rest_of_the_decay(step: int, decay: float) -> None:
    network = toy_network(1)
    ema = Ema(network, decay=0.9)
    target = toy_network(2)
    before = [parameter.clone() for parameter in ema.network.parameters()]
    ema.follow(target, step)
    for old, new, trained in zip(before, ema.network.parameters(), target.parameters(), strict=True):
        torch.testing.assert_close(new, decay * old + (1 - decay) * trained)


def test_the_average_starts_at_the_weights_but_in_memory_of_its_own() -> None:
    network = toy_network()
    ema = Ema(network, decay=0.9)
    kept = {name: tensor.clone() for name, tensor in ema.network.state_dict().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    for name, tensor in ema.network.state_dict().items():
        assert torch.equal(tensor, kept[name])


def test_the_average_is_never_in_training_mode_nor_trained() -> None:
    network = toy_network().train()
    ema = Ema(network, decay=0.9)
    ema.follow(network, 1)
    assert network.training
    assert not ema.network.training
    assert not any(parameter.requires_grad for parameter in ema.network.parameters())
