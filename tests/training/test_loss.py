"""Laws of the loss: it is what the composed operations give, padding counts for nothing, tokens count alike."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from training.loss import cross_entropy

PAD = 0


def make_case(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Logits [3, 5, 7] and targets [3, 5], right padded."""
    torch.manual_seed(4)
    targets = torch.randint(1, 7, (3, 5))
    targets[1, 3:] = PAD
    targets[2, 1:] = PAD
    return (3 * torch.randn(3, 5, 7)).to(dtype).requires_grad_(), targets


def reference(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum", label_smoothing=smoothing
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_loss_and_gradient_equal_the_composed_operations(smoothing: float) -> None:
    logits, targets = make_case()
    loss = cross_entropy(logits, targets, smoothing, PAD).loss
    expected = reference(logits, targets, smoothing)
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss * 0.25, logits)
    (expected_gradient,) = torch.autograd.grad(expected * 0.25, logits)
    torch.testing.assert_close(gradient, expected_gradient)


def test_nll_is_free_of_smoothing_and_of_gradient() -> None:
    logits, targets = make_case()
    nll = cross_entropy(logits, targets, 0.3, PAD).nll
    torch.testing.assert_close(nll, reference(logits, targets, 0.0).detach())
    assert not nll.requires_grad


def test_padding_changes_neither_loss_nor_gradient() -> None:
    logits, targets = make_case()
    padded_logits = torch.cat([logits.detach(), torch.full((3, 2, 7), 50.0)], dim=1).requires_grad_()
    padded_targets = torch.cat([targets, torch.full((3, 2), PAD)], dim=1)
    loss, padded = (
        cross_entropy(logits, targets, 0.1, PAD).loss,
        cross_entropy(padded_logits, padded_targets, 0.1, PAD).loss,
    )
    torch.testing.assert_close(loss, padded)
    loss.backward()
    padded.backward()
    assert logits.grad is not None
    assert padded_logits.grad is not None
    torch.testing.assert_close(padded_logits.grad[:, :5], logits.grad)
    assert not padded_logits.grad[padded_targets == PAD].any()


def test_sums_over_parts_equal_the_sum_of_the_whole() -> None:
    logits, targets = make_case()
    whole = cross_entropy(logits, targets, 0.1, PAD)
    parts = [cross_entropy(logits[i : i + 1], targets[i : i + 1], 0.1, PAD) for i in range(3)]
    torch.testing.assert_close(whole.loss, torch.stack([part.loss for part in parts]).sum())
    torch.testing.assert_close(whole.nll, torch.stack([part.nll for part in parts]).sum())


def test_reduced_precision_is_summed_in_fp32() -> None:
    logits, targets = make_case(torch.bfloat16)
    loss = cross_entropy(logits, targets, 0.1, PAD).loss
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, reference(logits.float(), targets, 0.1))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.dtype == torch.bfloat16


def test_a_second_backward_pass_is_refused_instead_of_wrong() -> None:
    logits, targets = make_case()
    loss = cross_entropy(logits, targets, 0.1, PAD).loss
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="differentiated before"):
        loss.backward()
