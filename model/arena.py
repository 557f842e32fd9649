"""The arena's memory: allocate it, write newcomers into rows, move rows, view those in use."""

import torch
from torch import Tensor

from model.attention import padding_bias
from model.states import Arena, DecoderState, Memory, SearchWeights


def allocate(
    weights: SearchWeights, sizes: list[int], num_layers: int, num_heads: int, penalties: list[float]
) -> Arena:
    """Allocate an arena of `sizes` [capacity, beam, source, target] in the type and on the device of `weights`.

    Everything is zero, so rows that were never written stay finite.
    """
    N, K, S, T = sizes[0], sizes[1], sizes[2], sizes[3]
    like = weights.step.output_bias
    H, A = weights.step.bottom_norm[0].size(0), weights.step.query.bias.size(0)
    head = [N, num_heads, S, A // num_heads]
    ids = torch.zeros([N, K], dtype=torch.int64, device=like.device)
    row = torch.ones([N], dtype=torch.int64, device=like.device)
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
        starts=torch.zeros_like(row),
        max_lengths=row.clone(),
        max_penalty=row.to(torch.float64),
        num_best=row.clone(),
        choices=torch.zeros([N, T + 1, K], dtype=torch.int64, device=like.device),
        attention=like.new_zeros([N, T + 1, K, S]),
        finished_scores=like.new_zeros([N, K]),
        finished_log_probs=like.new_zeros([N, K]),
        finished_steps=ids.clone(),
        finished_parents=ids.clone(),
        num_finished=torch.zeros_like(row),
        done=torch.zeros_like(row, dtype=torch.bool),
        length_penalty=penalties[0],
        coverage_penalty=penalties[1],
    )


def check_newcomers(arena: Arena, num_rows: int, src_ids: Tensor, src_lengths: Tensor, max_lengths: Tensor) -> None:
    """Refuse newcomers that do not fit beside `num_rows` rows in use.

    Raises:
        ValueError: more rows than are free, a source longer than the arena, or a length out of its range.
    """
    capacity, max_source, max_target = arena.tokens.size(0), arena.coverage.size(2), arena.choices.size(1) - 1
    if num_rows + src_ids.size(0) > capacity:
        raise ValueError(f"{src_ids.size(0)} newcomers beside {num_rows} rows; the capacity is {capacity}")
    if src_ids.size(1) > max_source:
        raise ValueError(f"a source of {src_ids.size(1)} tokens; the arena holds {max_source}")
    if bool((src_lengths < 1).any()) or bool((src_lengths > src_ids.size(1)).any()):
        raise ValueError(f"src_lengths must lie between 1 and {src_ids.size(1)}")
    if bool((max_lengths < 1).any()) or bool((max_lengths > max_target).any()):
        raise ValueError(f"max_lengths must lie between 1 and {max_target}")


def write_rows(arena: Arena, start: int, memory: Memory, decoder: DecoderState, bos_id: int, clock: int) -> None:
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
    # By `fill_`: to assign a number makes a tensor of it, on the host, and copies that.
    arena.tokens[start:end].fill_(bos_id)
    arena.log_probs[start:end].fill_(-float("inf"))
    arena.log_probs[start:end, 0].fill_(0.0)
    arena.coverage[start:end].fill_(0.0)
    arena.starts[start:end].fill_(clock)
    arena.finished_scores[start:end].fill_(-float("inf"))
    arena.num_finished[start:end].fill_(0)
    arena.done[start:end].fill_(False)


def moves(gone: list[int], num_rows: int) -> tuple[list[int], list[int]]:
    """Holes that rows `gone` leave in the prefix, and the kept rows behind its new end that fill them, in order."""
    remaining = num_rows - len(gone)
    holes: list[int] = []
    movers: list[int] = []
    for row in gone:
        if row < remaining:
            holes.append(row)
    for row in range(remaining, num_rows):
        if row not in gone:
            movers.append(row)
    return holes, movers


def move_rows(arena: Arena, sources: list[int], targets: list[int]) -> None:
    """Copy rows `sources` over rows `targets`, as many; the two are disjoint.

    One by one, since mostly it is one, and an index would have to be made a tensor and read again for each tensor.
    """
    for tensor in row_tensors(arena):
        for i in range(len(sources)):
            tensor[targets[i]].copy_(tensor[sources[i]])


def row_tensors(arena: Arena) -> list[Tensor]:
    """Every tensor of the arena whose first axis is the row."""
    tensors = [
        arena.memory.keys,
        arena.memory.values,
        arena.memory.lengths,
        arena.tokens,
        arena.log_probs,
        arena.coverage,
        arena.starts,
        arena.max_lengths,
        arena.max_penalty,
        arena.num_best,
        arena.choices,
        arena.attention,
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


def first_rows(a: Arena, n: int, source_bucket: int) -> Arena:
    """Views of the first `n` rows; of sources only as far as the longest, rounded up to `source_bucket`."""
    longest = int(a.memory.lengths[:n].max().item()) if n > 0 else 1
    S = min(a.coverage.size(2), (longest + source_bucket - 1) // source_bucket * source_bucket)
    return rows_of(a, n, S)


def whole_rows(a: Arena, n: int) -> Arena:
    """Views of the first `n` rows with all of their sources, which asks nothing of the device."""
    return rows_of(a, n, a.coverage.size(2))


def rows_of(a: Arena, n: int, S: int) -> Arena:
    """Views of the first `n` rows and of the first `S` positions of their sources; what hides padding is made anew."""
    memory = Memory(keys=a.memory.keys[:n, :, :S], values=a.memory.values[:n, :, :S], lengths=a.memory.lengths[:n])
    return Arena(
        weights=a.weights,
        memory=Memory(keys=memory.keys, values=memory.values, lengths=memory.lengths, bias=padding_bias(memory)),
        decoder=DecoderState(hidden=[t[:n] for t in a.decoder.hidden], cell=[t[:n] for t in a.decoder.cell]),
        tokens=a.tokens[:n],
        log_probs=a.log_probs[:n],
        coverage=a.coverage[:n, :, :S],
        starts=a.starts[:n],
        max_lengths=a.max_lengths[:n],
        max_penalty=a.max_penalty[:n],
        num_best=a.num_best[:n],
        choices=a.choices[:n],
        attention=a.attention[:n, :, :, :S],
        finished_scores=a.finished_scores[:n],
        finished_log_probs=a.finished_log_probs[:n],
        finished_steps=a.finished_steps[:n],
        finished_parents=a.finished_parents[:n],
        num_finished=a.num_finished[:n],
        done=a.done[:n],
        length_penalty=a.length_penalty,
        coverage_penalty=a.coverage_penalty,
    )
