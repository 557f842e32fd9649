"""Cross entropy with smoothed labels (Szegedy et al. 2016), summed over real tokens, at least in fp32.

With z the logits of one position, y its label, V the vocabulary and e the smoothing:

    loss = (1 - e) * -log p(y) + e / V * sum over v of -log p(v)
    d loss / d z = softmax(z) - e / V - (1 - e) * onehot(y)

The logits are by far the largest tensor of an update, so the gradient is written over the log-probabilities: one
[N, T, V] tensor beside the logits, where composed operations need several.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class LossSums(NamedTuple):
    """Sums over the real tokens of a batch: divide by their number for means."""

    loss: Tensor  # [] smoothed, to be minimised
    nll: Tensor  # [] negative log-likelihood in nats, without smoothing and without gradient


def cross_entropy(logits: Tensor, targets: Tensor, smoothing: float, pad_id: int) -> LossSums:
    """Sum the loss of `logits` [N, T, V] against `targets` [N, T], leaving out positions whose target is `pad_id`."""
    loss, nll = _SmoothedCrossEntropy.apply(logits, targets, smoothing, pad_id)  # type: ignore[no-untyped-call]
    return LossSums(loss=loss, nll=nll)


class _SmoothedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, smoothing: float, pad_id: int) -> tuple[Tensor, Tensor]:
        dtype = torch.promote_types(logits.dtype, torch.float32)  # never less
        log_probs = torch.log_softmax(logits, dim=-1, dtype=dtype)  # [N, T, V]
        padding = targets == pad_id  # [N, T]
        nll = -log_probs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        nll_sum = nll.masked_fill(padding, 0.0).sum()
        loss_sum = (1.0 - smoothing) * nll_sum
        if smoothing > 0.0:
            uniform = -log_probs.mean(dim=-1)
            loss_sum = loss_sum + smoothing * uniform.masked_fill(padding, 0.0).sum()
        ctx.mark_non_differentiable(nll_sum)
        ctx.log_probs, ctx.targets, ctx.padding = log_probs, targets, padding
        ctx.smoothing, ctx.dtype = smoothing, logits.dtype
        return loss_sum, nll_sum

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_loss: Tensor, _: Tensor) -> tuple[Tensor, None, None, None]:
        if ctx.log_probs is None:
            raise RuntimeError("the loss was differentiated before: its gradient took the memory of its values")
        gradient, ctx.log_probs = ctx.log_probs.exp_(), None
        if ctx.smoothing > 0.0:
            gradient.sub_(ctx.smoothing / gradient.size(-1))
        labels = ctx.targets.unsqueeze(-1)
        gradient.scatter_add_(-1, labels, torch.full_like(labels, ctx.smoothing - 1.0, dtype=gradient.dtype))
        gradient.mul_(torch.where(ctx.padding, 0.0, grad_loss).unsqueeze(-1))
        return gradient.to(ctx.dtype), None, None, None
