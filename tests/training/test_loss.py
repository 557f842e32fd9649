"""Laws of the loss: it is what the composed operations give, padding counts for nothing, tokens count alike."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training import loss as module
from training.loss import LossSums, Objective, cross_entropy

PAD = 0


class Case(NamedTuple):
    """Features [3, 5, 4], an output layer of 7 pieces, and targets [3, 5], right padded."""

    features: Tensor
    weight: Tensor
    bias: Tensor
    targets: Tensor

    def loss(self, smoothing: float) -> LossSums:
        return cross_entropy(*self, smoothing, PAD)

    def reference(self, smoothing: float) -> Tensor:
        logits = functional.linear(self.features, self.weight, self.bias).flatten(0, 1)
        labels = self.targets.flatten()
        return functional.cross_entropy(
            logits.float() if logits.dtype == torch.bfloat16 else logits,
            labels,
            ignore_index=PAD,
            reduction="sum",
            label_smoothing=smoothing,
        )

    def gradients(self, loss: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(loss * 0.25, self[:3])


def make_case(dtype: torch.dtype = torch.float64) -> Case:
    torch.manual_seed(4)
    targets = torch.randint(1, 7, (3, 5))
    targets[1, 3:] = PAD
    targets[2, 1:] = PAD
    features, weight, bias = 2 * torch.randn(3, 5, 4), 2 * torch.randn(7, 4), torch.randn(7)
    return Case(leaf(features, dtype), leaf(weight, dtype), leaf(bias, dtype), targets)


def leaf(values: Tensor, dtype: torch.dtype) -> Tensor:
    return values.detach().to(dtype).requires_grad_()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("block_logits", [1, 3 * 7, 1000])  # a position, three, all nine at once
def test_loss_and_gradients_equal_the_composed_operations(
    smoothing: float, block_logits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module.BLOCK_LOGITS, "cpu", block_logits)
    case = make_case()
    loss, expected = case.loss(smoothing).loss, case.reference(smoothing)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(case.gradients(loss), case.gradients(expected))


def test_nll_is_free_of_smoothing_and_of_gradient() -> None:
    case = make_case()
    nll = case.loss(0.3).nll
    torch.testing.assert_close(nll, case.reference(0.0).detach())
    assert not nll.requires_grad


def test_a_label_that_is_all_but_impossible_has_its_true_loss() -> None:
    """Its probability is no number of fp32."""
    logits = torch.tensor([[[0.0, 500.0, 0.0]]])
    loss, nll = cross_entropy(logits, torch.eye(3), torch.zeros(3), torch.tensor([[2]]), 0.1, PAD)
    assert nll.item() == 500.0
    torch.testing.assert_close(loss.item(), 0.9 * 500.0 + 0.1 * 1000.0 / 3, rtol=1e-6, atol=0.0)


def test_padding_changes_neither_loss_nor_gradient() -> None:
    case = make_case()
    features = torch.cat([case.features.detach(), torch.full((3, 2, 4), 50.0)], dim=1).requires_grad_()
    padded = case._replace(features=features, targets=torch.cat([case.targets, torch.full((3, 2), PAD)], dim=1))
    loss, padded_loss = case.loss(0.1).loss, padded.loss(0.1).loss
    torch.testing.assert_close(loss, padded_loss)
    expected, gradients = case.gradients(loss), padded.gradients(padded_loss)
    torch.testing.assert_close((gradients[0][:, :5], *gradients[1:]), expected)
    assert not gradients[0][padded.targets == PAD].any()


def test_a_batch_of_padding_alone_has_no_loss_and_a_gradient_of_zero() -> None:
    """What a process runs that has no sentence of a batch."""
    case = make_case()
    case.targets.fill_(PAD)
    sums = case.loss(0.1)
    assert sums.loss == sums.nll == 0.0
    assert not any(gradient.any() for gradient in case.gradients(sums.loss))


def test_sums_over_parts_equal_the_sum_of_the_whole() -> None:
    case = make_case()
    whole = case.loss(0.1)
    parts = [
        case._replace(features=case.features[i : i + 1], targets=case.targets[i : i + 1]).loss(0.1) for i in range(3)
    ]
    torch.testing.assert_close(whole.loss, torch.stack([part.loss for part in parts]).sum())
    torch.testing.assert_close(whole.nll, torch.stack([part.nll for part in parts]).sum())


def test_reduced_precision_multiplies_in_bf16_and_sums_in_fp32() -> None:
    case = make_case(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        loss = case.loss(0.1).loss
    features, weight, bias = (leaf(each, torch.bfloat16) for each in case[:3])
    reduced = Case(features, weight, bias, case.targets)
    expected = reduced.reference(0.1)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=1e-2, atol=0.0)
    gradients = case.gradients(loss)
    assert {gradient.dtype for gradient in gradients} == {torch.float32}
    for gradient, other in zip(gradients, reduced.gradients(expected), strict=True):
        torch.testing.assert_close(gradient, other.float(), rtol=0.05, atol=0.02)


def test_a_second_backward_pass_gives_the_same_gradient() -> None:
    case = make_case()
    loss = case.loss(0.1).loss
    first = torch.autograd.grad(loss, case[:3], retain_graph=True)
    torch.testing.assert_close(torch.autograd.grad(loss, case[:3]), first)


def test_the_objective_is_the_loss_of_the_networks_logits() -> None:
    torch.manual_seed(2)
    network = Seq2Seq(ModelConfig(20, 8, 6, 2, 8, 2, 2)).double().eval()
    src_ids, lengths = torch.randint(4, 20, (3, 6)), torch.tensor([6, 4, 1])
    tgt_in, tgt_out = torch.randint(4, 20, (3, 5)), torch.randint(4, 20, (3, 5))
    tgt_out[1, 2:] = PAD
    sums = Objective(network, 0.1)(src_ids, lengths, tgt_in, tgt_out)
    logits = network(src_ids, lengths, tgt_in).flatten(0, 1)
    expected = functional.cross_entropy(
        logits, tgt_out.flatten(), ignore_index=PAD, reduction="sum", label_smoothing=0.1
    )
    torch.testing.assert_close(sums.loss, expected)
