"""Beam search as verbs over an explicit arena: rows join and leave between steps.

This is the scripted object: validation, export and the service all decode with it. A state is consumed by the verb
that takes it: verbs write into the arena and return the value to use from then on.
"""

import torch
from torch import Tensor, nn

from model.arena import allocate, move_rows, write_rows
from model.decoder import decoder_step
from model.selection import largest
from model.seq2seq import Seq2Seq
from model.states import Arena, DecoderState, Hypotheses, Memory, SearchState, StepWeights

# Memory is read up to the longest running source, rounded up to this; below 16 columns some products take another
# kernel, and company would show in the last digits.
SOURCE_BUCKET = 16


class Translator(nn.Module):
    """A network with its search; each method that is exported is a verb."""

    def __init__(self, network: Seq2Seq) -> None:
        super().__init__()
        self.network = network
        self.bos_id, self.eos_id = network.bos_id, network.eos_id
        self.pad_id = network.pad_id
        self.source_bucket = SOURCE_BUCKET

    @torch.jit.export
    def open(
        self,
        capacity: int,
        beam_size: int,
        max_source: int,
        max_target: int,
        length_penalty: float,
        coverage_penalty: float,
    ) -> SearchState:
        """Allocate an arena of `capacity` rows with `beam_size` hypotheses each.

        Score of a finished hypothesis (Wu et al. 2016, section 7): log_prob / ((5 + length) / 6)^length_penalty
        + coverage_penalty * sum over source positions of log(min(attention mass, 1)).

        Raises:
            ValueError: a size is below 1 or a penalty below 0.
        """
        weights = self.prepare("plain", 1)
        return self.open_with(weights, capacity, beam_size, max_source, max_target, length_penalty, coverage_penalty)

    @torch.jit.export
    def prepare(self, form: str, tile: int) -> StepWeights:
        """Make what steps compute with, once for any number of arenas; see `Decoder.step_weights`."""
        with torch.no_grad():
            return self.network.decoder.step_weights(form, tile)

    @torch.jit.export
    def open_with(
        self,
        weights: StepWeights,
        capacity: int,
        beam_size: int,
        max_source: int,
        max_target: int,
        length_penalty: float,
        coverage_penalty: float,
    ) -> SearchState:
        """Allocate an arena as `open` does, over `weights` that arenas share."""
        if min(capacity, beam_size, max_source, max_target) < 1:
            raise ValueError(f"sizes must be at least 1: {capacity}, {beam_size}, {max_source}, {max_target}")
        if min(length_penalty, coverage_penalty) < 0.0:
            raise ValueError(f"penalties must not be negative: {length_penalty}, {coverage_penalty}")
        with torch.no_grad():
            arena = allocate(
                weights,
                [capacity, beam_size, max_source, max_target],
                self.network.decoder.num_layers,
                self.network.decoder.attention.num_heads,
                [length_penalty, coverage_penalty],
            )
        return SearchState(arena=arena, num_rows=0)

    @torch.jit.export
    def admit(
        self, state: SearchState, src_ids: Tensor, src_lengths: Tensor, max_lengths: Tensor, num_best: Tensor
    ) -> SearchState:
        """Encode `src_ids` [n, S] and give them the n rows after the active ones.

        `src_lengths`, `max_lengths` (target tokens, end included) and `num_best` (results that must be final
        before the row may end early) are [n].

        Raises:
            ValueError: more rows than are free, a source longer than the arena, or a length out of its range.
        """
        arena, start, n = state.arena, state.num_rows, src_ids.size(0)
        self._check_newcomers(state, src_ids, src_lengths, max_lengths)
        with torch.no_grad():
            memory, decoder = self.network.encode(src_ids, src_lengths)
            write_rows(arena, start, memory, decoder, self.bos_id)
            arena.max_lengths[start : start + n].copy_(max_lengths)
            arena.num_best[start : start + n].copy_(num_best.clamp(1, arena.tokens.size(1)))
        return SearchState(arena=arena, num_rows=start + n)

    @torch.jit.export
    def step(self, state: SearchState, num_steps: int) -> SearchState:
        """Advance every active, unfinished row by up to `num_steps` tokens."""
        if state.num_rows > 0:
            with torch.no_grad():
                running = active_rows(state, self.source_bucket)
                for _ in range(num_steps):
                    if bool(running.done.all()):
                        break
                    self._advance(running)
        return state

    @torch.jit.export
    def finished(self, state: SearchState) -> Tensor:
        """True [num_rows] where a row's search has ended."""
        return state.arena.done[: state.num_rows]

    @torch.jit.export
    def best(self, state: SearchState, rows: Tensor, num_best: int) -> Hypotheses:
        """The best `num_best` finished hypotheses of `rows` [R], traced back through their parents."""
        arena = state.arena
        B = min(num_best, arena.tokens.size(1))
        last = arena.finished_steps[rows, :B]  # [R, B]
        scores = arena.finished_scores[rows, :B]
        exists = scores > -float("inf")
        lengths = torch.where(exists, last + 1, torch.zeros_like(last))
        T = max(int(lengths.max().item()), 1) if rows.size(0) > 0 else 1
        tokens = torch.full([rows.size(0), B, T], self.pad_id, dtype=torch.int64, device=rows.device)
        attention = scores.new_zeros([rows.size(0), B, T, arena.coverage.size(2)])
        row = rows.unsqueeze(1).expand(-1, B)
        hypothesis = arena.finished_parents[rows, :B].clone()
        for t in range(T - 1, -1, -1):
            ends, inside = exists & (last == t), exists & (last > t)
            token = arena.history_tokens[row, t, hypothesis]
            parent = torch.where(inside, arena.history_parents[row, t, hypothesis], hypothesis)
            tokens[:, :, t] = torch.where(inside, token, tokens[:, :, t]).masked_fill(ends, self.eos_id)
            looked = (inside | ends).unsqueeze(-1)
            attention[:, :, t] = arena.history_attention[row, t, parent].masked_fill(~looked, 0.0)
            hypothesis = parent
        return Hypotheses(
            tokens=tokens,
            lengths=lengths,
            log_probs=arena.finished_log_probs[rows, :B],
            scores=scores,
            attention=attention,
        )

    @torch.jit.export
    def release(self, state: SearchState, rows: Tensor) -> SearchState:
        """Free `rows` [R]; the i-th kept row behind the new end moves into the i-th hole before it."""
        kept = torch.ones([state.num_rows], dtype=torch.bool, device=rows.device)
        kept[rows] = False
        remaining = int(kept.sum().item())
        holes = (~kept[:remaining]).nonzero().squeeze(1)
        movers = kept[remaining:].nonzero().squeeze(1) + remaining
        if holes.size(0) > 0:
            with torch.no_grad():
                move_rows(state.arena, movers, holes)
        return SearchState(arena=state.arena, num_rows=remaining)

    def forward(self, state: SearchState) -> SearchState:
        """One step, so that the module is callable."""
        return self.step(state, 1)

    def _check_newcomers(self, state: SearchState, src_ids: Tensor, src_lengths: Tensor, max_lengths: Tensor) -> None:
        capacity, max_source = state.arena.tokens.size(0), state.arena.coverage.size(2)
        max_target = state.arena.history_tokens.size(1) - 1
        if state.num_rows + src_ids.size(0) > capacity:
            raise ValueError(f"{src_ids.size(0)} newcomers beside {state.num_rows} rows; the capacity is {capacity}")
        if src_ids.size(1) > max_source:
            raise ValueError(f"a source of {src_ids.size(1)} tokens; the arena holds {max_source}")
        if bool((src_lengths < 1).any()) or bool((src_lengths > src_ids.size(1)).any()):
            raise ValueError(f"src_lengths must lie between 1 and {src_ids.size(1)}")
        if bool((max_lengths < 1).any()) or bool((max_lengths > max_target).any()):
            raise ValueError(f"max_lengths must lie between 1 and {max_target}")

    def _advance(self, arena: Arena) -> None:
        """One token for every row of `arena`: score, select, remember."""
        active = ~arena.done  # [N]
        logits, attention, decoder = decoder_step(arena.weights, arena.tokens, arena.memory, arena.decoder)
        K = arena.tokens.size(1)
        row = torch.arange(active.size(0), device=active.device)
        final = arena.steps + 1 >= arena.max_lengths
        log_probs, parents, tokens = expand(arena.log_probs, logits, final, self.eos_id)  # [N, M], best first
        arena.history_attention[row, arena.steps, :, : attention.size(2)] = attention
        arena.coverage.add_(attention)

        ended = (tokens == self.eos_id) & (log_probs > -float("inf"))
        ended[:, K:] = False  # an end below rank K is no hypothesis of the beam
        ended &= active.unsqueeze(1)
        if bool(ended.any()):
            collect(arena, log_probs, parents, ended)

        live, rank = log_probs.masked_fill(tokens == self.eos_id, -float("inf")).topk(K, dim=1)  # [N, K]
        parents, tokens = parents.gather(1, rank), tokens.gather(1, rank)
        arena.history_tokens[row, arena.steps] = tokens
        arena.history_parents[row, arena.steps] = parents
        arena.tokens.copy_(tokens)
        arena.log_probs.copy_(live)
        reorder(arena, decoder, parents)
        arena.steps.add_(active.to(torch.int64))
        arena.done.logical_or_(active & (final | settled(arena)))


def active_rows(state: SearchState, source_bucket: int) -> Arena:
    """Views of the rows in use; memory only as far as their longest source, rounded up to `source_bucket`."""
    a, n = state.arena, state.num_rows
    longest = int(a.memory.lengths[:n].max().item())
    S = min(a.coverage.size(2), (longest + source_bucket - 1) // source_bucket * source_bucket)
    return Arena(
        weights=a.weights,
        memory=Memory(keys=a.memory.keys[:n, :, :S], values=a.memory.values[:n, :, :S], lengths=a.memory.lengths[:n]),
        decoder=DecoderState(hidden=[t[:n] for t in a.decoder.hidden], cell=[t[:n] for t in a.decoder.cell]),
        tokens=a.tokens[:n],
        log_probs=a.log_probs[:n],
        coverage=a.coverage[:n, :, :S],
        steps=a.steps[:n],
        max_lengths=a.max_lengths[:n],
        num_best=a.num_best[:n],
        history_tokens=a.history_tokens[:n],
        history_parents=a.history_parents[:n],
        history_attention=a.history_attention[:n],
        finished_scores=a.finished_scores[:n],
        finished_log_probs=a.finished_log_probs[:n],
        finished_steps=a.finished_steps[:n],
        finished_parents=a.finished_parents[:n],
        num_finished=a.num_finished[:n],
        done=a.done[:n],
        length_penalty=a.length_penalty,
        coverage_penalty=a.coverage_penalty,
    )


def expand(log_probs: Tensor, logits: Tensor, final: Tensor, eos_id: int) -> tuple[Tensor, Tensor, Tensor]:
    """The best M = min(2K, K * V) continuations of each segment, best first.

    Shapes: `log_probs` [N, K], `logits` [N, K, V]; where `final` [N], only the end token may follow.
    Returns log_probs, parents and tokens, each [N, M].
    """
    K, V = logits.size(1), logits.size(2)
    C = min(2 * K, V)
    logits = logits.log_softmax(dim=2)  # one pass over V; cheaper than a normaliser and its subtraction
    chosen, tokens = largest(logits, C)  # [N, K, C]
    only_end = torch.full_like(chosen, -float("inf"))
    only_end[:, :, 0] = logits[:, :, eos_id]
    last = final.unsqueeze(1).unsqueeze(2)
    chosen = torch.where(last, only_end, chosen)
    tokens = torch.where(last, torch.full_like(tokens, eos_id), tokens)
    total = (log_probs.unsqueeze(2) + chosen).flatten(1)  # [N, K * C]
    best, index = total.topk(min(2 * K, K * C), dim=1)
    return best, torch.div(index, C, rounding_mode="floor"), tokens.flatten(1).gather(1, index)


def collect(arena: Arena, log_probs: Tensor, parents: Tensor, ended: Tensor) -> None:
    """Merge the candidates [N, M] that `ended` in this step into the K best finished hypotheses of each row."""
    K = arena.tokens.size(1)
    length = (arena.steps + 1).unsqueeze(1)
    scores = (log_probs / penalty(length, arena.length_penalty)).to(log_probs.dtype)
    if arena.coverage_penalty > 0.0:
        covered = arena.coverage.clamp(1e-6, 1.0).log()  # [N, K, S]
        real = torch.arange(covered.size(2), device=covered.device) < arena.memory.lengths.unsqueeze(1)
        # In float64, because the order of the sum follows S, which is the longest neighbour's.
        missing = covered.masked_fill(~real.unsqueeze(1), 0.0).sum(dim=2, dtype=torch.float64)  # [N, K]
        scores = scores + arena.coverage_penalty * missing.gather(1, parents).to(scores.dtype)
    scores = scores.masked_fill(~ended, -float("inf"))
    merged, pick = torch.cat([arena.finished_scores, scores], dim=1).topk(K, dim=1)
    steps = arena.steps.unsqueeze(1).expand(-1, scores.size(1))
    arena.finished_scores.copy_(merged)
    arena.finished_log_probs.copy_(torch.cat([arena.finished_log_probs, log_probs], dim=1).gather(1, pick))
    arena.finished_steps.copy_(torch.cat([arena.finished_steps, steps], dim=1).gather(1, pick))
    arena.finished_parents.copy_(torch.cat([arena.finished_parents, parents], dim=1).gather(1, pick))
    arena.num_finished.add_(ended.sum(dim=1))


def reorder(arena: Arena, decoder: DecoderState, parents: Tensor) -> None:
    """Give each live hypothesis [N, K] the recurrent state and coverage of its parent."""
    N, K = parents.size(0), parents.size(1)
    flat = (parents + K * torch.arange(N, device=parents.device).unsqueeze(1)).flatten()  # [N * K]
    for old, new in zip(arena.decoder.hidden, decoder.hidden, strict=True):
        torch.index_select(new.flatten(0, 1), 0, flat, out=old.view(N * K, -1))
    for old, new in zip(arena.decoder.cell, decoder.cell, strict=True):
        torch.index_select(new.flatten(0, 1), 0, flat, out=old.view(N * K, -1))
    arena.coverage.copy_(arena.coverage.flatten(0, 1).index_select(0, flat).reshape(N, K, -1))


def settled(arena: Arena) -> Tensor:
    """True [N] where no live hypothesis can still change the results that the caller asked for.

    Log-probabilities only fall and the coverage term is never positive, so no live hypothesis can end above
    its log-probability divided by the largest penalty. A beam also ends when K hypotheses have finished.
    """
    bound = (arena.log_probs[:, 0] / penalty(arena.max_lengths, arena.length_penalty)).to(arena.log_probs.dtype)
    wanted = arena.finished_scores.gather(1, (arena.num_best - 1).unsqueeze(1)).squeeze(1)
    return (arena.num_finished >= arena.tokens.size(1)) | (wanted >= bound)


def penalty(length: Tensor, exponent: float) -> Tensor:
    """The divisor ((5 + length) / 6)^exponent of Wu et al. 2016, section 7, in float64."""
    return ((length.to(torch.float64) + 5.0) / 6.0).pow(exponent)
