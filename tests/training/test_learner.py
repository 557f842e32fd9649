"""Laws of one update: tokens count alike however they are batched, draws belong to the update's number."""

import dataclasses
import random

import pytest
import torch

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.config import Precision, TrainingConfig
from training.dataset import Example, make_batch
from training.learner import Learner
from training.precision import multiplies_bf16, uses_bf16
from training.schedule import Schedule
from training.strict import ConfigError
from training.world import World

CPU = torch.device("cpu")
NO_NOISE = TrainingConfig(
    peak_learning_rate=0.01, warmup_updates=0, precision="fp32", source_word_dropout=0.0, target_word_dropout=0.0
)


def make_learner(
    config: TrainingConfig = NO_NOISE, dropout: float = 0.0, dtype: torch.dtype = torch.float64
) -> Learner:
    torch.manual_seed(1)
    network = Seq2Seq(ModelConfig(20, 8, 6, 2, 8, 2, 2, dropout, dropout, dropout)).to(dtype)
    return Learner(network, config, Schedule.of(config, 100), World(CPU))


def make_examples(number: int) -> list[Example]:
    draw = random.Random(3)
    return [Example(*([*draw.choices(range(4, 20), k=draw.randint(0, 6)), 3] for _ in range(2))) for _ in range(number)]


def weights(learner: Learner) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in learner.network.parameters()])


def averages(learner: Learner) -> torch.Tensor:
    return torch.cat([parameter.flatten() for parameter in learner.ema.network.parameters()])


def test_accumulated_batches_make_the_update_of_one_large_batch() -> None:
    whole, parts, examples = make_learner(), make_learner(), make_examples(7)
    large = make_batch(examples)
    small = [make_batch(examples[:2]), make_batch(examples[2:3]), make_batch(examples[3:])]
    for number in (1, 2):
        one = whole.update([large], number, large.num_target_tokens)
        other = parts.update(small, number, large.num_target_tokens)
        assert one == pytest.approx(other)
    torch.testing.assert_close(weights(whole), weights(parts), rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(averages(whole), averages(parts), rtol=1e-7, atol=1e-9)


def test_noise_depends_on_seed_and_number_alone() -> None:
    noisy = dataclasses.replace(NO_NOISE, source_word_dropout=0.3, target_word_dropout=0.3)
    batch = make_batch(make_examples(5))

    def loss(number: int, config: TrainingConfig = noisy) -> float:
        learner = make_learner(config, dropout=0.3)
        torch.manual_seed(random.randrange(10**6))  # whatever was drawn before
        return learner.update([batch], number, batch.num_target_tokens).loss

    assert loss(5) == loss(5)
    assert loss(5) != loss(6)
    assert loss(5) != loss(5, dataclasses.replace(noisy, seed=2))


def test_reported_loss_is_smoothed_and_nll_is_not() -> None:
    batch = make_batch(make_examples(5))
    result = make_learner().update([batch], 1, batch.num_target_tokens)
    plain = make_learner(dataclasses.replace(NO_NOISE, label_smoothing=0.0)).update([batch], 1, batch.num_target_tokens)
    assert plain.loss == plain.nll == result.nll != result.loss
    assert result.num_tokens == batch.num_target_tokens


def test_gradients_are_clipped_by_their_norm() -> None:
    batch = make_batch(make_examples(5))
    loose, tight = make_learner(), make_learner(dataclasses.replace(NO_NOISE, clip_norm=1e-12))
    before = weights(tight)
    norms = [learner.update([batch], 1, batch.num_target_tokens).gradient_norm for learner in (loose, tight)]
    assert norms[0] == norms[1] > 0.0
    assert (weights(tight) - before).abs().max() < 1e-4 < (weights(loose) - before).abs().max()


def test_an_update_without_finite_gradients_touches_nothing() -> None:
    learner, batch = make_learner(), make_batch(make_examples(5))
    learner.update([batch], 1, batch.num_target_tokens)
    with torch.no_grad():
        learner.network.decoder.output_bias[5] = float("inf")
    before, average = weights(learner), averages(learner)
    result = learner.update([batch], 2, batch.num_target_tokens)
    assert result.is_skipped
    assert torch.equal(weights(learner), before)
    assert torch.equal(averages(learner), average)
    with torch.no_grad():
        learner.network.decoder.output_bias[5] = 0.0
    assert not learner.update([batch], 3, batch.num_target_tokens).is_skipped


def test_averages_follow_at_a_distance_and_stay_in_evaluation_mode() -> None:
    learner, batch = make_learner(dropout=0.3), make_batch(make_examples(5))
    start = weights(learner)
    for number in range(1, 6):
        learner.update([batch], number, batch.num_target_tokens)
    moved, followed = (weights(learner) - start).norm(), (averages(learner) - start).norm()
    assert 0.0 < followed < moved
    assert learner.network.training
    assert not learner.ema.network.training


def test_learning_makes_the_batch_likelier() -> None:
    learner, batch = make_learner(), make_batch(make_examples(5))
    losses = [learner.update([batch], number, batch.num_target_tokens).loss for number in range(1, 31)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(("precision", "expected"), [("fp32", False), ("auto", multiplies_bf16(CPU))])
def test_precision_is_what_the_device_is_good_at(precision: Precision, expected: bool) -> None:
    assert uses_bf16(precision, CPU) is expected


@pytest.mark.skipif(multiplies_bf16(CPU), reason="this CPU multiplies bf16")
def test_bf16_is_refused_where_it_would_be_emulated() -> None:
    with pytest.raises(ConfigError, match=r"training\.precision is bf16, which this device \(cpu\)"):
        make_learner(dataclasses.replace(NO_NOISE, precision="bf16"))


@pytest.mark.skipif(not multiplies_bf16(CPU), reason="this CPU does not multiply bf16")
def test_bf16_keeps_weights_averages_and_loss_in_fp32() -> None:
    learner = make_learner(dataclasses.replace(NO_NOISE, precision="bf16"), dtype=torch.float32)
    exact = make_learner(dataclasses.replace(NO_NOISE, precision="fp32"), dtype=torch.float32)
    batch = make_batch(make_examples(5))
    result, expected = (each.update([batch], 1, batch.num_target_tokens) for each in (learner, exact))
    assert result.loss == pytest.approx(expected.loss, rel=0.02)
    assert weights(learner).dtype == averages(learner).dtype == torch.float32
