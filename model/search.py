"""Beam search as verbs over an explicit arena: rows join and leave between steps.

This is the scripted object: validation, export and the service all decode with it. A state is consumed by the verb
that takes it: verbs write into the arena and return the value to use from then on.
"""

import torch
from torch import Tensor, nn

from model.advance import advance, advance_on_device
from model.arena import allocate, check_newcomers, first_rows, move_rows, moves, whole_rows, write_rows
from model.beam import expand, look_ahead, penalty
from model.decoder import FORMS
from model.reading import read_best
from model.seq2seq import Seq2Seq
from model.states import Arena, Encoded, Hypotheses, SearchState, SearchWeights

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
            none = first_rows(arena, 0, self.source_bucket)
            return SearchState(arena, 0, 0, none, look_ahead(none, 0), is_current=True)

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
        check_newcomers(state.arena, state.num_rows, src_ids, src_lengths, max_lengths)
        return self.enter(state, self.encode(state, src_ids, src_lengths), max_lengths, num_best)

    @torch.jit.export
    def encode(self, state: SearchState, src_ids: Tensor, src_lengths: Tensor) -> Encoded:
        """What the first half of `admit` makes of `src_ids` [n, S], which may be done beside steps."""
        with torch.no_grad():
            memory, decoder = self.network.encode(src_ids, src_lengths, state.arena.weights.encoder)
            return Encoded(memory, decoder)

    @torch.jit.export
    def enter(self, state: SearchState, encoded: Encoded, max_lengths: Tensor, num_best: Tensor) -> SearchState:
        """The second half of `admit`: give what was `encoded` of n sources the n rows after the active ones."""
        arena, start, n = state.arena, state.num_rows, max_lengths.size(0)
        with torch.no_grad():
            write_rows(arena, start, encoded.memory, encoded.decoder, self.bos_id, state.clock)
            arena.max_lengths[start : start + n].copy_(max_lengths)
            arena.max_penalty[start : start + n].copy_(penalty(max_lengths, arena.length_penalty))
            arena.num_best[start : start + n].copy_(num_best.clamp(1, arena.tokens.size(1)))
            return with_rows(state, start + n)

    @torch.jit.export
    def step(self, state: SearchState, num_steps: int) -> SearchState:
        """Advance every active, unfinished row by up to `num_steps` tokens."""
        clock, running, outlook = state.clock, state.running, state.outlook
        with torch.no_grad():
            if not state.is_current:
                running = active_rows(state, self.source_bucket)
                outlook = look_ahead(running, clock)
            for _ in range(num_steps):
                if outlook.num_done == state.num_rows:
                    break
                outlook = advance(running, clock, outlook, self.eos_id)
                clock += 1
        return SearchState(state.arena, state.num_rows, clock, running, outlook, is_current=True)

    @torch.jit.export
    def device_step(self, state: SearchState, num_rows: int, clock: Tensor) -> None:
        """Advance the first `num_rows` rows, in use or not, by a token without a question to the host.

        So a device can run many such steps before anybody waits for it, or replay a recorded one: `clock` [1] int64 is
        read and advanced on the device. `stepped` tells the state how many there were.
        """
        with torch.no_grad():
            advance_on_device(whole_rows(state.arena, num_rows), clock, self.eos_id)
            clock.add_(1)

    @torch.jit.export
    def stepped(self, state: SearchState, num_steps: int) -> SearchState:
        """The state after `num_steps` steps of `device_step`; `step` must not go on from it."""
        clock = state.clock + num_steps
        return SearchState(state.arena, state.num_rows, clock, state.running, state.outlook, state.is_current)

    @torch.jit.export
    def finished(self, state: SearchState) -> Tensor:
        """True [num_rows] where a row's search has ended."""
        return state.arena.done[: state.num_rows]

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
                move_rows(active_rows(state, self.source_bucket), movers, holes)
            return with_rows(state, remaining)

    def forward(self, state: SearchState) -> SearchState:
        """One step, so that the module is callable."""
        return self.step(state, 1)


def with_rows(state: SearchState, num_rows: int) -> SearchState:
    """The state in which the first `num_rows` rows are in use; the next step looks at them anew."""
    return SearchState(state.arena, num_rows, state.clock, state.running, state.outlook, is_current=False)


def active_rows(state: SearchState, source_bucket: int) -> Arena:
    """Views of the rows in use; memory only as far as their longest source, rounded up to `source_bucket`."""
    if state.is_current:
        return state.running
    return first_rows(state.arena, state.num_rows, source_bucket)
