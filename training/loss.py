"""The output layer and its cross entropy with smoothed labels (Szegedy et al. 2016), summed over real tokens.

With z the logits of one position, y its label, V the vocabulary and e the smoothing:

    loss = (1 - e) * -log p(y) + e / V * sum over v of -log p(v)
    d loss / d z = softmax(z) - e / V - (1 - e) * onehot(y)

The logits would be by far the largest tensor of an update. So they are made block by block, of real positions alone,
and each becomes its part of the gradients while it is in the cache (Hsu et al. 2024, *Liger Kernel*, section 3.2).
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from model.seq2seq import Seq2Seq

BLOCK_LOGITS = {"cpu": 2**21, "cuda": 2**26}  # of a block: what fits into a cache, and what keeps a GPU busy


class LossSums(NamedTuple):
    """Sums over the real tokens of a batch: divide by their number for means."""

    loss: Tensor  # [] smoothed, to be minimised
    nll: Tensor  # [] negative log-likelihood in nats, without smoothing and without gradient


class Objective(nn.Module):
    """A network with its loss, as one module: what several processes share."""

    def __init__(self, network: Seq2Seq, smoothing: float) -> None:
        super().__init__()
        self.network = network
        self.smoothing = smoothing

    def forward(self, src_ids: Tensor, src_lengths: Tensor, tgt_in: Tensor, tgt_out: Tensor) -> LossSums:
        """The loss of predicting `tgt_out` [N, T] from `src_ids` [N, S] and `tgt_in` [N, T]."""
        network = self.network
        features = network.features(src_ids, src_lengths, tgt_in)
        weight, bias = network.embedding.weight, network.decoder.output_bias
        return cross_entropy(features, weight, bias, tgt_out, self.smoothing, network.pad_id)


def cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, pad_id: int
) -> LossSums:
    """Sum the loss of the logits `features` [N, T, E] @ `weight` [V, E].T + `bias` [V] against `targets` [N, T].

    Positions whose target is `pad_id` are left out. Under autocast products are in its type, the loss is in no less
    than fp32.
    """
    is_real = targets != pad_id  # [N, T]
    loss, nll = _OutputLoss.apply(features[is_real], weight, bias, targets[is_real], smoothing)  # type: ignore[no-untyped-call]
    return LossSums(loss=loss, nll=nll)


class _OutputLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        device = features.device.type
        is_cast = torch.is_autocast_enabled(device)
        product_dtype = torch.get_autocast_dtype(device) if is_cast else weight.dtype
        exact = torch.promote_types(product_dtype, torch.float32)
        x, w, b = (each.to(product_dtype) for each in (features, weight, bias))
        is_learning = any(ctx.needs_input_grad)
        gradients = [torch.zeros_like(each, dtype=exact) for each in (features, weight, bias) if is_learning]
        nll, uniform = x.new_zeros([], dtype=exact), x.new_zeros([], dtype=exact)
        block = max(BLOCK_LOGITS[device] // weight.size(0), 1)
        with torch.autocast(device, enabled=False):
            for start in range(0, x.size(0), block):
                rows = slice(start, start + block)
                z, y = torch.addmm(b, x[rows], w.t()).to(exact), labels[rows].unsqueeze(1)
                z -= z.amax(dim=1, keepdim=True)
                label, mean = z.gather(1, y), z.mean(dim=1, keepdim=True)
                total = z.exp_().sum(dim=1, keepdim=True)
                nll += (total.log() - label).sum()
                uniform += (total.log() - mean).sum()
                if is_learning:
                    gradient = z.div_(total).sub_(smoothing / z.size(1))
                    gradient.scatter_add_(1, y, torch.full_like(label, smoothing - 1.0))
                    _add_gradients(gradients, gradient, x, w, rows)
        ctx.save_for_backward(*gradients)
        ctx.dtypes = [each.dtype for each in (features, weight, bias)]
        ctx.mark_non_differentiable(nll)
        return (1.0 - smoothing) * nll + smoothing * uniform, nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_loss: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        gradients = zip(ctx.saved_tensors, ctx.dtypes, strict=True)
        return *((each * grad_loss).to(dtype) for each, dtype in gradients), None, None


def _add_gradients(sums: list[Tensor], gradient: Tensor, x: Tensor, w: Tensor, rows: slice) -> None:
    """Add what the `gradient` [B, V] of a block of logits gives to those of features, weight and bias."""
    features, weight, bias = sums
    bias += gradient.sum(dim=0)
    product = gradient.to(x.dtype)
    if x.dtype == features.dtype:
        torch.mm(product, w, out=features[rows])
        weight.addmm_(product.t(), x[rows])
    else:
        features[rows] = product @ w
        weight += product.t() @ x[rows]
