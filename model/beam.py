"""One step of the beam: expand, remember, collect what has ended, reorder."""

import torch
from torch import Tensor

from model.selection import largest
from model.states import Arena, DecoderState, Outlook


def look_ahead(arena: Arena, clock: int) -> Outlook:
    """What the host should know of the rows of `arena` before their next step."""
    if arena.done.size(0) == 0:
        return Outlook(num_done=0, has_finished=False, until_last=0)
    remaining = arena.starts + arena.max_lengths - clock
    none = int(arena.choices.size(1))
    return Outlook(
        num_done=int(arena.done.sum().item()),
        has_finished=bool((arena.num_finished > 0).any()),
        until_last=int(remaining.masked_fill(arena.done, none).min().item()),
    )


def expand(log_probs: Tensor, predicted: Tensor, final: Tensor | None, eos_id: int) -> tuple[Tensor, Tensor, Tensor]:
    """The best M = min(2K, K * V) continuations of each segment, best first.

    Shapes: `log_probs` [N, K] of the hypotheses; `predicted` [N, K, V], log-probabilities of what follows. Where
    `final` [N], only the end token may follow. Returns log_probs, parents and tokens, each [N, M].
    """
    K, V = predicted.size(1), predicted.size(2)
    if final is not None:
        end = torch.full_like(predicted, -float("inf"))
        end[:, :, eos_id] = predicted[:, :, eos_id]
        predicted = torch.where(final.unsqueeze(1).unsqueeze(2), end, predicted)
    best, index = largest(predicted, log_probs, min(2 * K, K * V))
    parents = torch.div(index, V, rounding_mode="floor")
    return best, parents, torch.sub(index, parents, alpha=V)


def remember(history: Tensor, slot: int, now: Tensor, done: Tensor, has_done: bool) -> None:
    """Write `now` [N, ...] to a slot of `history` [N, T + 1, ...]; rows that are `done` keep what they have."""
    old = history.select(1, slot)
    if has_done:
        now = torch.where(done.view([-1] + [1] * (now.dim() - 1)), old, now)
    old.copy_(now)


def remember_on_device(history: Tensor, slot: Tensor, now: Tensor, done: Tensor) -> None:
    """The same for a `slot` [1] that the device alone knows."""
    now, old = now.unsqueeze(1), history.index_select(1, slot)  # [N, 1, ...]
    history.index_copy_(1, slot, torch.where(done.view([-1] + [1] * (now.dim() - 1)), old, now))


def part(
    arena: Arena, steps: Tensor, log_probs: Tensor, parents: Tensor, tokens: Tensor, ended: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Collect those of the candidates [N, M] that `ended`; returns the K best of the others, in their order [N, K].

    `steps` [N] are those of each row before this one.
    """
    K = arena.tokens.size(1)
    real = ended & (log_probs > -float("inf")) & ~arena.done.unsqueeze(1)
    real[:, K:].fill_(False)  # an end below rank K is no hypothesis of the beam
    collect(arena, steps.unsqueeze(1), log_probs, parents, real)
    rank = ended.sort(dim=1, stable=True)[1][:, :K]  # those that have not ended first, as they were
    log_probs = log_probs.masked_fill(ended, -float("inf")).gather(1, rank)
    return log_probs, parents.gather(1, rank), tokens.gather(1, rank)


def collect(arena: Arena, steps: Tensor, log_probs: Tensor, parents: Tensor, ended: Tensor) -> None:
    """Merge the candidates [N, M] that `ended` after `steps` [N, 1] into the K best finished hypotheses of each row."""
    K = arena.tokens.size(1)
    scores = (log_probs / penalty(steps + 1, arena.length_penalty)).to(log_probs.dtype)
    if arena.coverage_penalty > 0.0:
        covered = arena.coverage.clamp(1e-6, 1.0).log()  # [N, K, S]
        real = torch.arange(covered.size(2), device=covered.device) < arena.memory.lengths.unsqueeze(1)
        # In float64, because the order of the sum follows S, which is the longest neighbour's.
        missing = covered.masked_fill(~real.unsqueeze(1), 0.0).sum(dim=2, dtype=torch.float64)  # [N, K]
        scores = scores + arena.coverage_penalty * missing.gather(1, parents).to(scores.dtype)
    scores = scores.masked_fill(~ended, -float("inf"))
    merged, pick = torch.cat([arena.finished_scores, scores], dim=1).topk(K, dim=1)
    steps = steps.expand(-1, scores.size(1))
    arena.finished_scores.copy_(merged)
    arena.finished_log_probs.copy_(torch.cat([arena.finished_log_probs, log_probs], dim=1).gather(1, pick))
    arena.finished_steps.copy_(torch.cat([arena.finished_steps, steps], dim=1).gather(1, pick))
    arena.finished_parents.copy_(torch.cat([arena.finished_parents, parents], dim=1).gather(1, pick))
    arena.num_finished.add_(ended.sum(dim=1))


def reorder(arena: Arena, decoder: DecoderState, parents: Tensor) -> None:
    """Give each live hypothesis [N, K] the recurrent state and coverage of its parent."""
    N, K = parents.size(0), parents.size(1)
    flat = parents  # [N * K] rows of the flattened tensors
    if N > 1:
        flat = parents + torch.arange(0, N * K, K, device=parents.device).unsqueeze(1)
    flat = flat.flatten()
    for old, new in zip(arena.decoder.hidden, decoder.hidden, strict=True):
        torch.index_select(new.flatten(0, 1), 0, flat, out=old.flatten(0, 1))
    for old, new in zip(arena.decoder.cell, decoder.cell, strict=True):
        torch.index_select(new.flatten(0, 1), 0, flat, out=old.flatten(0, 1))
    coverage = arena.coverage.flatten(0, 1)  # a view, although not contiguous
    coverage.copy_(coverage.index_select(0, flat))


def settled(arena: Arena) -> Tensor:
    """True [N] where no live hypothesis can still change the results that the caller asked for.

    Log-probabilities only fall and the coverage term is never positive, so no live hypothesis can end above
    its log-probability divided by the largest penalty. A beam also ends when K hypotheses have finished.
    """
    bound = (arena.log_probs[:, 0] / arena.max_penalty).to(arena.log_probs.dtype)
    wanted = arena.finished_scores.gather(1, (arena.num_best - 1).unsqueeze(1)).squeeze(1)
    return (arena.num_finished >= arena.tokens.size(1)) | (wanted >= bound)


def penalty(length: Tensor, exponent: float) -> Tensor:
    """The divisor ((5 + length) / 6)^exponent of Wu et al. 2016, section 7, in float64."""
    return ((length.to(torch.float64) + 5.0) / 6.0).pow(exponent)
