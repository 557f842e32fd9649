"""Reads translations out of an arena: the way back through the choices."""

import torch
from torch import Tensor

from model.encoder import length_mask
from model.states import Arena, Hypotheses


def read_best(arena: Arena, rows: Tensor, num_best: int, eos_id: int, pad_id: int) -> Hypotheses:
    """The best `num_best` finished hypotheses of `rows` [R], traced back through their parents."""
    R, K, V = rows.size(0), arena.tokens.size(1), arena.weights.step.output_bias.size(0)
    B, S, num_slots = min(num_best, K), arena.coverage.size(2), arena.choices.size(1)
    scores = arena.finished_scores.index_select(0, rows)[:, :B]
    last = arena.finished_steps.index_select(0, rows)[:, :B].masked_fill(scores == -float("inf"), -1)
    ends: list[list[int]] = last.tolist()
    parents: list[list[int]] = arena.finished_parents.index_select(0, rows)[:, :B].tolist()
    T = max(1, max([max(row) for row in ends]) + 1) if R > 0 else 1
    times = torch.arange(T, device=rows.device)
    slots = rows.unsqueeze(1) * num_slots + (arena.starts.index_select(0, rows).unsqueeze(1) + times) % num_slots
    chosen = arena.choices.flatten(0, 1).index_select(0, slots.flatten())
    choices: list[list[list[int]]] = chosen.view(R, T, K).tolist()
    tokens: list[int] = []
    looked: list[int] = []
    for r in range(R):
        for b in range(B):
            found = trace(choices[r], ends[r][b], parents[r][b], V, eos_id, pad_id)
            tokens.extend(found[0])
            looked.extend(found[1])
    shape = [R, B, T]
    cells = slots.unsqueeze(1) * K + torch.tensor(looked, dtype=torch.int64, device=rows.device).view(shape)
    attention = arena.attention.flatten(0, 2).index_select(0, cells.flatten()).view([R, B, T, S])
    lengths = last + 1
    real = length_mask(arena.memory.lengths.index_select(0, rows), S).view(R, 1, 1, S)
    real = real & (times < lengths.unsqueeze(2)).unsqueeze(3)  # [R, B, T, S]
    return Hypotheses(
        tokens=torch.tensor(tokens, dtype=torch.int64, device=rows.device).view(shape),
        lengths=lengths,
        log_probs=arena.finished_log_probs.index_select(0, rows)[:, :B],
        scores=scores,
        attention=attention.masked_fill(~real, 0.0),
    )


def trace(
    choices: list[list[int]], last: int, parent: int, num_tokens: int, end_id: int, pad_id: int
) -> tuple[list[int], list[int]]:
    """Follow a hypothesis that ended at step `last` from `parent` back through `choices` [T][K], of `num_tokens` ids.

    Returns its tokens and, for each, the hypothesis that had looked at the source for it, both [T]; with a `last` of
    -1 there is no hypothesis, and nothing but padding.
    """
    tokens, looked = [pad_id for _ in choices], [0 for _ in choices]
    if last >= 0:
        tokens[last], looked[last] = end_id, parent
        for t in range(last - 1, -1, -1):
            choice = choices[t][parent]
            parent = choice // num_tokens
            tokens[t], looked[t] = choice % num_tokens, parent
    return tokens, looked
