"""The values that cross module borders, and the legend of their axes.

Axes: N segments, K hypotheses per segment, S source length, T target length, E embedding, H hidden (decoder),
D memory (encoder output), A attention (all heads), G heads, L decoder layers, V vocabulary.
Padding is always on the right.
"""

from typing import NamedTuple

from torch import Tensor

from model.matrix import Matrix
from model.packed_lstm import PackedLSTM


class Memory(NamedTuple):
    """The encoded source as attention reads it, projected once per segment."""

    keys: Tensor  # [N, G, S, A/G]
    values: Tensor  # [N, G, S, A/G]
    lengths: Tensor  # [N] int64, real source positions, at least 1
    bias: Tensor | None = None  # what hides padding, if it is kept: `padding_bias`


class DecoderState(NamedTuple):
    """The recurrent state of every decoder layer, bottom first."""

    hidden: list[Tensor]  # L x [..., H]
    cell: list[Tensor]  # L x [..., H]


class Encoded(NamedTuple):
    """What a search begins with for n sources."""

    memory: Memory
    decoder: DecoderState  # [n, H] a layer


class StepWeights(NamedTuple):
    """The decoder's parameters, rearranged so that one step needs the fewest and largest operations.

    Whatever depends on the last token alone is a table that a row of ids looks up. Gates are ordered
    input, forget, output, candidate, so that one sigmoid covers three of them. V is rounded up to whole blocks of the
    search, by tokens whose bias is -inf.
    """

    last_table: Tensor  # [V, 4H + E] embedding times its part of the bottom layer and of the readout, plus biases
    bottom: Matrix  # [4H, H]
    bottom_norm: list[Tensor]  # weight [H], bias [H]
    query: Matrix  # [A, H]
    upper: list[Matrix]  # (L-1) x [4H, H + A + H]
    upper_norm: list[Tensor]  # 2 (L-1) x [H]: weight and bias of each layer
    readout: Matrix  # [E, H + A]
    readout_norm: list[Tensor]  # weight [E], bias [E]
    output: Matrix  # [V, E]
    output_bias: Tensor  # [V]
    never: Tensor  # [3] int64, tokens that no translation has


class EncoderWeights(NamedTuple):
    """The encoder's parameters, and those that make the decoder's memory and first state of what it found, packed."""

    layers: list[PackedLSTM]
    projections: list[Matrix]  # [2A, D] to keys and values, [L * H, D] to the first state; none: their own parameters


class SearchWeights(NamedTuple):
    """What a search computes with, made once for any number of arenas."""

    step: StepWeights
    encoder: EncoderWeights | None  # None: the encoder computes with its own parameters


class Arena(NamedTuple):
    """Everything that the search of up to N segments needs, allocated once; row i of each tensor is segment i.

    A hypothesis is a chain of back-pointers. Each step writes one slot of the histories, a ring of T + 1, the same for
    all rows: what was appended to which hypothesis, `choices` = parent * V + token, and where each had looked.
    """

    weights: SearchWeights
    memory: Memory
    decoder: DecoderState  # [N, K, H] a layer
    tokens: Tensor  # [N, K] int64, last token of each live hypothesis
    log_probs: Tensor  # [N, K], best first; -inf: no such hypothesis
    coverage: Tensor  # [N, K, S] attention mass so far
    starts: Tensor  # [N] int64, the clock before the row's first step
    max_lengths: Tensor  # [N] int64, end token included
    max_penalty: Tensor  # [N] float64, the divisor of the longest translation
    num_best: Tensor  # [N] int64, results the caller wants to be final
    choices: Tensor  # [N, T + 1, K] int64
    attention: Tensor  # [N, T + 1, K, S]
    finished_scores: Tensor  # [N, K], best first; -inf: no such hypothesis
    finished_log_probs: Tensor  # [N, K]
    finished_steps: Tensor  # [N, K] int64, step of the row that appended the end token
    finished_parents: Tensor  # [N, K] int64
    num_finished: Tensor  # [N] int64
    done: Tensor  # [N] bool
    length_penalty: float
    coverage_penalty: float


class Outlook(NamedTuple):
    """What the host knows of the running rows, so that a step does nothing that no row needs."""

    num_done: int
    has_finished: bool  # whether a hypothesis of a running row has finished
    until_last: int  # steps until the first running row may only end


class SearchState(NamedTuple):
    """The opaque value that callers of the search hold."""

    arena: Arena
    num_rows: int  # how many of the first rows are in use
    clock: int  # steps since the arena was opened
    running: Arena  # views of the rows in use
    outlook: Outlook
    is_current: bool  # whether no rows came or went since those two were made


class Hypotheses(NamedTuple):
    """Finished translations of R rows, B each, best first."""

    tokens: Tensor  # [R, B, T] int64, end token included, then padding
    lengths: Tensor  # [R, B] int64, end token included; 0: there is no such hypothesis
    log_probs: Tensor  # [R, B] natural log, summed over tokens
    scores: Tensor  # [R, B] as the search ranks
    attention: Tensor  # [R, B, T, S] mean of the heads
