"""The arena's memory: allocate it, write newcomers into rows, move rows."""

import torch
from torch import Tensor

from model.states import Arena, DecoderState, Memory, StepWeights


def allocate(weights: StepWeights, sizes: list[int], num_layers: int, num_heads: int, penalties: list[float]) -> Arena:
    """Allocate an arena of `sizes` [capacity, beam, source, target] in the type and on the device of `weights`.

    Everything is zero, so rows that were never written stay finite.
    """
    N, K, S, T = sizes[0], sizes[1], sizes[2], sizes[3]
    like = weights.output_bias
    H, A = weights.bottom_norm[0].size(0), weights.query_bias.size(0)
    head = [N, num_heads, S, A // num_heads]
    ids = torch.zeros([N, K], dtype=torch.int64, device=like.device)
    row = torch.ones([N], dtype=torch.int64, device=like.device)
    history = torch.zeros([N, T + 1, K], dtype=torch.int64, device=like.device)
    return Arena(
        weights=weights,
        memory=Memory(keys=like.new_zeros(head), values=like.new_zeros(head), lengths=row.clone()),
        decoder=DecoderState(
            hidden=[like.new_zeros([N, K, H]) for _ in range(num_layers)],
            cell=[like.new_zeros([N, K, H]) for _ in range(num_layers)],
        ),
        tokens=ids.clone(),
        log_probs=like.new_zeros([N, K]),
        coverage=like.new_zeros([N, K, S]),
        steps=torch.zeros_like(row),
        max_lengths=row.clone(),
        num_best=row.clone(),
        history_tokens=history,
        history_parents=torch.zeros_like(history),
        history_attention=like.new_zeros([N, T + 1, K, S]),
        finished_scores=like.new_zeros([N, K]),
        finished_log_probs=like.new_zeros([N, K]),
        finished_steps=ids.clone(),
        finished_parents=ids.clone(),
        num_finished=torch.zeros_like(row),
        done=torch.zeros_like(row, dtype=torch.bool),
        length_penalty=penalties[0],
        coverage_penalty=penalties[1],
    )


def write_rows(arena: Arena, start: int, memory: Memory, decoder: DecoderState, bos_id: int) -> None:
    """Begin the search of n newcomers in rows `start` to `start + n`: one live hypothesis each, no tokens yet."""
    n, S = memory.keys.size(0), memory.keys.size(2)
    end = start + n
    arena.memory.keys[start:end, :, :S] = memory.keys
    arena.memory.values[start:end, :, :S] = memory.values
    arena.memory.lengths[start:end] = memory.lengths
    for old, new in zip(arena.decoder.hidden, decoder.hidden, strict=True):
        old[start:end] = new.unsqueeze(1)
    for old, new in zip(arena.decoder.cell, decoder.cell, strict=True):
        old[start:end] = new.unsqueeze(1)
    arena.tokens[start:end] = bos_id
    arena.log_probs[start:end] = -float("inf")
    arena.log_probs[start:end, 0] = 0.0
    arena.coverage[start:end] = 0.0
    arena.history_attention[start:end] = 0.0
    arena.finished_scores[start:end] = -float("inf")
    for counter in [arena.steps, arena.num_finished]:
        counter[start:end] = 0
    arena.done[start:end] = False


def move_rows(arena: Arena, sources: Tensor, targets: Tensor) -> None:
    """Copy rows `sources` [R] over rows `targets` [R]; the two are disjoint."""
    for tensor in row_tensors(arena):
        tensor.index_copy_(0, targets, tensor.index_select(0, sources))


def row_tensors(arena: Arena) -> list[Tensor]:
    """Every tensor of the arena whose first axis is the row."""
    tensors = [
        arena.memory.keys,
        arena.memory.values,
        arena.memory.lengths,
        arena.tokens,
        arena.log_probs,
        arena.coverage,
        arena.steps,
        arena.max_lengths,
        arena.num_best,
        arena.history_tokens,
        arena.history_parents,
        arena.history_attention,
        arena.finished_scores,
        arena.finished_log_probs,
        arena.finished_steps,
        arena.finished_parents,
        arena.num_finished,
        arena.done,
    ]
    tensors.extend(arena.decoder.hidden)
    tensors.extend(arena.decoder.cell)
    return tensors
