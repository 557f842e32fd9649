"""Beam search as verbs over an explicit arena: rows join and leave between steps.

This is the scripted object: validation, export and the service all decode with it. A state is consumed by the verb
that takes it: verbs write into the arena and return the value to use from then on.
"""

import torch
from torch import Tensor, nn

from model.arena import allocate, check_newcomers, first_rows, move_rows, moves, write_rows
from model.beam import collect, expand, look_ahead, penalty, remember, reorder, settled
from model.decoder import FORMS, decoder_step
from model.reading import read_best
from model.seq2seq import Seq2Seq
from model.states import Arena, Hypotheses, Outlook, SearchState, SearchWeights

__all__ = ["SOURCE_BUCKET", "Translator", "active_rows", "expand", "penalty"]

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
        self.forms = list(FORMS)  # that `prepare` takes

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
    def prepare(self, form: str, tile: int) -> SearchWeights:
        """Make what a search computes with, once for any number of arenas.

        See `Decoder.step_weights` and `Seq2Seq.encoder_weights` for what each form means.
        """
        with torch.no_grad():
            encoder = self.network.encoder_weights(form)
            return SearchWeights(step=self.network.decoder.step_weights(form, tile), encoder=encoder)

    @torch.jit.export
    def open_with(
        self,
        weights: SearchWeights,
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
            return self._with_rows(arena, 0, 0)

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
        check_newcomers(arena, start, src_ids, src_lengths, max_lengths)
        with torch.no_grad():
            memory, decoder = self.network.encode(src_ids, src_lengths, arena.weights.encoder)
            write_rows(arena, start, memory, decoder, self.bos_id, state.clock)
            arena.max_lengths[start : start + n].copy_(max_lengths)
            arena.max_penalty[start : start + n].copy_(penalty(max_lengths, arena.length_penalty))
            arena.num_best[start : start + n].copy_(num_best.clamp(1, arena.tokens.size(1)))
            return self._with_rows(arena, start + n, state.clock)

    @torch.jit.export
    def step(self, state: SearchState, num_steps: int) -> SearchState:
        """Advance every active, unfinished row by up to `num_steps` tokens."""
        clock, outlook = state.clock, state.outlook
        with torch.no_grad():
            for _ in range(num_steps):
                if outlook.num_done == state.num_rows:
                    break
                outlook = self._advance(state.running, clock, outlook)
                clock += 1
        return SearchState(state.arena, state.num_rows, clock, state.running, outlook)

    @torch.jit.export
    def finished(self, state: SearchState) -> Tensor:
        """True [num_rows] where a row's search has ended."""
        return state.running.done

    @torch.jit.export
    def best(self, state: SearchState, rows: Tensor, num_best: int) -> Hypotheses:
        """The best `num_best` finished hypotheses of `rows` [R], traced back through their parents."""
        return read_best(state.arena, rows, num_best, self.eos_id, self.pad_id)

    @torch.jit.export
    def release(self, state: SearchState, rows: Tensor) -> SearchState:
        """Free `rows` [R]; the i-th kept row behind the new end moves into the i-th hole before it."""
        gone: list[int] = rows.tolist()
        remaining = state.num_rows - len(gone)
        holes, movers = moves(gone, state.num_rows)
        with torch.no_grad():
            if len(holes) > 0:
                sources = torch.tensor(movers, dtype=torch.int64, device=rows.device)
                move_rows(state.running, sources, torch.tensor(holes, dtype=torch.int64, device=rows.device))
            return self._with_rows(state.arena, remaining, state.clock)

    def forward(self, state: SearchState) -> SearchState:
        """One step, so that the module is callable."""
        return self.step(state, 1)

    def _with_rows(self, arena: Arena, num_rows: int, clock: int) -> SearchState:
        """The state in which the first `num_rows` rows of `arena` are in use."""
        running = first_rows(arena, num_rows, self.source_bucket)
        return SearchState(arena, num_rows, clock, running, look_ahead(running, clock))

    def _advance(self, arena: Arena, clock: int, outlook: Outlook) -> Outlook:
        """One token for every row of `arena`: score, select, remember; most steps end nothing, and skip much."""
        slot, is_last = clock % arena.choices.size(1), outlook.until_last <= 1
        logits, attention, decoder = decoder_step(arena.weights.step, arena.tokens, arena.memory, arena.decoder)
        K, V = logits.size(1), logits.size(2)
        final: Tensor | None = None
        if is_last:
            final = clock - arena.starts + 1 >= arena.max_lengths  # [N]
        # In place: no second [N, K, V] is written. What no translation has keeps its share of the probability.
        predicted = torch.log_softmax(logits, 2, out=logits).index_fill_(2, arena.weights.step.never, -float("inf"))
        log_probs, parents, tokens = expand(arena.log_probs, predicted, final, self.eos_id)  # [N, 2K], best first
        remember(arena.attention, slot, attention, arena.done, outlook.num_done > 0)
        arena.coverage.add_(attention)

        ended = tokens == self.eos_id
        has_ended = bool(ended.any())
        if has_ended:
            real = ended & (log_probs > -float("inf")) & ~arena.done.unsqueeze(1)
            real[:, K:] = False  # an end below rank K is no hypothesis of the beam
            collect(arena, clock, log_probs, parents, real)
            rank = ended.sort(dim=1, stable=True)[1][:, :K]  # those that have not ended first, as they were
            log_probs = log_probs.masked_fill(ended, -float("inf")).gather(1, rank)
            parents, tokens = parents.gather(1, rank), tokens.gather(1, rank)
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


def active_rows(state: SearchState, source_bucket: int) -> Arena:
    """Views of the rows in use; memory only as far as their longest source, rounded up to `source_bucket`."""
    return first_rows(state.arena, state.num_rows, source_bucket)
