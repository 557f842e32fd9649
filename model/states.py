"""The values that cross module borders, and the legend of their axes.

Axes: N segments, K hypotheses per segment, S source length, T target length, E embedding, H hidden (decoder),
D memory (encoder output), A attention (all heads), G heads, L decoder layers, V vocabulary.
Padding is always on the right.
"""

from typing import NamedTuple

from torch import Tensor

from model.matrix import Matrix


class Memory(NamedTuple):
    """The encoded source as attention reads it, projected once per segment."""

    keys: Tensor  # [N, G, S, A/G]
    values: Tensor  # [N, G, S, A/G]
    lengths: Tensor  # [N] int64, real source positions, at least 1


class DecoderState(NamedTuple):
    """The recurrent state of every decoder layer, bottom first."""

    hidden: list[Tensor]  # L x [..., H]
    cell: list[Tensor]  # L x [..., H]


class StepWeights(NamedTuple):
    """The decoder's parameters, rearranged so that one step needs the fewest and largest operations.

    Whatever depends on the last token alone is a table that a row of ids looks up. Gates are ordered
    input, forget, output, candidate, so that one sigmoid covers three of them.
    """

    bottom_table: Tensor  # [V, 4H] embedding times input weights, plus biases
    bottom_recurrent: Matrix  # [4H, H]
    bottom_norm: list[Tensor]  # weight [H], bias [H]
    query: Matrix  # [A, H] scaled by (A/G)^-0.5
    query_bias: Tensor  # [A]
    upper: list[Matrix]  # (L-1) x [4H, H + A + H]
    upper_bias: list[Tensor]  # (L-1) x [4H]
    upper_norm: list[Tensor]  # 2 (L-1) x [H]: weight and bias of each layer
    readout_table: Tensor  # [V, E] embedding times its part of the readout, plus bias
    readout: Matrix  # [E, H + A]
    readout_norm: list[Tensor]  # weight [E], bias [E]
    output: Matrix  # [V, E]
    output_bias: Tensor  # [V]


class Arena(NamedTuple):
    """Everything that the search of up to N segments needs, allocated once; row i of each tensor is segment i.

    A hypothesis is a chain of back-pointers: `history_tokens[t, k]` was appended at step t to the hypothesis that
    was `history_parents[t, k]` before it, which had looked at the source as `history_attention[t, parent]` says.
    """

    weights: StepWeights
    memory: Memory
    decoder: DecoderState  # [N, K, H] a layer
    tokens: Tensor  # [N, K] int64, last token of each live hypothesis
    log_probs: Tensor  # [N, K], best first; -inf: no such hypothesis
    coverage: Tensor  # [N, K, S] attention mass so far
    steps: Tensor  # [N] int64, tokens decoded so far
    max_lengths: Tensor  # [N] int64, end token included
    num_best: Tensor  # [N] int64, results the caller wants to be final
    history_tokens: Tensor  # [N, T + 1, K] int64
    history_parents: Tensor  # [N, T + 1, K] int64
    history_attention: Tensor  # [N, T + 1, K, S]
    finished_scores: Tensor  # [N, K], best first; -inf: no such hypothesis
    finished_log_probs: Tensor  # [N, K]
    finished_steps: Tensor  # [N, K] int64, step that appended the end token
    finished_parents: Tensor  # [N, K] int64
    num_finished: Tensor  # [N] int64
    done: Tensor  # [N] bool
    length_penalty: float
    coverage_penalty: float


class SearchState(NamedTuple):
    """The opaque value that callers of the search hold: an arena and how many of its first rows are in use."""

    arena: Arena
    num_rows: int


class Hypotheses(NamedTuple):
    """Finished translations of R rows, B each, best first."""

    tokens: Tensor  # [R, B, T] int64, end token included, then padding
    lengths: Tensor  # [R, B] int64, end token included; 0: there is no such hypothesis
    log_probs: Tensor  # [R, B] natural log, summed over tokens
    scores: Tensor  # [R, B] as the search ranks
    attention: Tensor  # [R, B, T, S] mean of the heads
