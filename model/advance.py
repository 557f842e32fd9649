"""One token for every row of an arena: as the host steers it, or without the host."""

import torch
from torch import Tensor

from model.beam import expand, look_ahead, part, remember, remember_on_device, reorder, settled
from model.decoder import decoder_step
from model.states import Arena, Outlook


def advance(arena: Arena, clock: int, outlook: Outlook, eos_id: int) -> Outlook:
    """Score, select, remember; most steps end nothing, and skip much, which the host decides."""
    slot, is_last = clock % arena.choices.size(1), outlook.until_last <= 1
    logits, attention, decoder = decoder_step(arena.weights.step, arena.tokens, arena.memory, arena.decoder)
    K, V = logits.size(1), logits.size(2)
    final: Tensor | None = None
    if is_last:
        final = clock - arena.starts + 1 >= arena.max_lengths  # [N]
    log_probs, parents, tokens = expand(arena.log_probs, predictions(arena, logits), final, eos_id)  # [N, 2K]
    remember(arena.attention, slot, attention, arena.done, outlook.num_done > 0)
    arena.coverage.add_(attention)

    ended = tokens == eos_id
    has_ended = bool(ended.any())
    if has_ended:
        log_probs, parents, tokens = part(arena, clock - arena.starts, log_probs, parents, tokens, ended)
    parents, tokens = parents[:, :K], tokens[:, :K]
    remember(arena.choices, slot, torch.add(tokens, parents, alpha=V), arena.done, outlook.num_done > 0)
    arena.tokens.copy_(tokens)
    arena.log_probs.copy_(log_probs[:, :K])
    reorder(arena, decoder, parents)
    if not (has_ended or is_last or outlook.has_finished):
        return Outlook(num_done=outlook.num_done, has_finished=False, until_last=outlook.until_last - 1)
    if final is not None:
        arena.done.logical_or_(final)
    arena.done.logical_or_(settled(arena))
    return look_ahead(arena, clock + 1)


def advance_on_device(arena: Arena, clock: Tensor, eos_id: int) -> None:
    """Do the same at `clock` [1] int64, all of it always: nothing is read back, and every shape is known before."""
    slot = torch.remainder(clock, arena.choices.size(1))
    steps = clock - arena.starts  # [N]
    final = steps + 1 >= arena.max_lengths
    logits, attention, decoder = decoder_step(arena.weights.step, arena.tokens, arena.memory, arena.decoder)
    V = logits.size(2)
    log_probs, parents, tokens = expand(arena.log_probs, predictions(arena, logits), final, eos_id)
    remember_on_device(arena.attention, slot, attention, arena.done)
    arena.coverage.add_(attention)
    log_probs, parents, tokens = part(arena, steps, log_probs, parents, tokens, tokens == eos_id)
    remember_on_device(arena.choices, slot, torch.add(tokens, parents, alpha=V), arena.done)
    arena.tokens.copy_(tokens)
    arena.log_probs.copy_(log_probs)
    reorder(arena, decoder, parents)
    arena.done.logical_or_(final).logical_or_(settled(arena))


def predictions(arena: Arena, logits: Tensor) -> Tensor:
    """Log-probabilities in place of `logits` [N, K, V]; what no translation has keeps its share of the probability."""
    return torch.log_softmax(logits, 2, out=logits).index_fill_(2, arena.weights.step.never, -float("inf"))
