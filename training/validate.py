"""Dev scores of a network: BLEU of the served search's output, and the likelihood of the references."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from sacrebleu.metrics.bleu import BLEU
from torch import Tensor

from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import SearchState
from training.config import SearchConfig
from training.dataset import Example, PreparedData, make_batch, pad
from training.loss import Objective

CAPACITY = 64  # rows searched at once
NUM_STEPS = 4  # tokens between two looks at what has finished


class Translation(NamedTuple):
    """The best hypothesis of one source."""

    ids: list[int]  # end token included
    log_prob: float  # natural log, summed over the ids
    score: float  # as the search ranks


Translate = Callable[[Sequence[Sequence[int]]], list[Translation]]  # the best translation of each source


class Scores(NamedTuple):
    """What a validation found."""

    bleu: float  # mean over pairs
    nll: float  # nats a token, without smoothing


@torch.inference_mode()
def translate_ids(
    translator: Translator,
    sources: Sequence[Sequence[int]],
    search: SearchConfig,
    max_target_tokens: int = 256,
    capacity: int = CAPACITY,
) -> list[Translation]:
    """The best translation of each of `sources` (ids, end token included), in their order."""
    found = translate_nbest(translator, sources, search, 1, max_target_tokens, capacity)
    return [hypotheses[0] for hypotheses in found]


@torch.inference_mode()
def translate_nbest(
    translator: Translator,
    sources: Sequence[Sequence[int]],
    search: SearchConfig,
    num_best: int,
    max_target_tokens: int = 256,
    capacity: int = CAPACITY,
    form: str = "plain",
) -> list[list[Translation]]:
    """The `num_best` (at most the beam) translations of each source, best first, refilling rows as they become free.

    `form` is what steps multiply by; see `Decoder.step_weights`.
    """
    if not sources:
        return []
    waiting = deque(sorted(range(len(sources)), key=lambda i: -len(sources[i])))
    running: list[int] = []
    found: dict[int, list[Translation]] = {}
    longest = len(sources[waiting[0]])
    state = translator.open_with(
        translator.prepare(form, 1),
        min(capacity, len(sources)), search.beam_size, longest, max_target_tokens,
        search.length_penalty, search.coverage_penalty,
    )  # fmt: skip
    while waiting or running:
        if waiting and len(running) <= capacity * 3 // 4:
            newcomers = [waiting.popleft() for _ in range(min(len(waiting), capacity - len(running)))]
            texts = [sources[i] for i in newcomers]
            state = _admit(translator, state, texts, search, max_target_tokens, num_best)
            running += newcomers
        state = translator.step(state, NUM_STEPS)
        rows = translator.finished(state).nonzero().squeeze(1)
        if rows.numel():
            collected = _collect(translator, state, rows, num_best)
            found |= zip((running[row] for row in rows.tolist()), collected, strict=True)
            state = translator.release(state, rows)
            running = compact(running, rows.tolist())
    return [found[i] for i in range(len(sources))]


def max_length(num_source_ids: int, search: SearchConfig, max_target_tokens: int) -> int:
    """Target tokens, end included, that a source of `num_source_ids` may become."""
    return min(max_target_tokens, math.ceil(search.max_length_factor * num_source_ids) + search.max_length_offset)


def compact(running: list[int], freed: list[int]) -> list[int]:
    """Mirror what `release` does with rows: the i-th kept row behind the new end moves into the i-th hole."""
    remaining = len(running) - len(freed)
    holes = [row for row in freed if row < remaining]
    movers = [row for row in range(remaining, len(running)) if row not in set(freed)]
    result = running[:remaining]
    for hole, mover in zip(holes, movers, strict=True):
        result[hole] = running[mover]
    return result


def validate(
    network: Seq2Seq,
    data: PreparedData,
    search: SearchConfig,
    max_segments: int | None = None,
    translate: Translate | None = None,
) -> Scores:
    """Score `network`, in evaluation mode, on the dev set of every pair (its first `max_segments`).

    `translate` is the search; without it the served one.
    """
    search_all = translate or (lambda sources: translate_ids(Translator(network), sources, search))
    bleus, nll, num_tokens = [], 0.0, 0
    for index, pair in enumerate(data.pairs):
        sources, references = (texts[:max_segments] for texts in data.dev(index))
        src_ids = [data.subword.source_ids(text, pair.tag, 0.0) for text in sources]
        tgt_ids = [data.subword.target_ids(text, 0.0) for text in references]
        outputs = search_all(src_ids)
        texts = [data.subword.decode(output.ids[:-1]) for output in outputs]
        bleus.append(BLEU().corpus_score(texts, [references]).score)
        nll += sum_nll(network, src_ids, tgt_ids)
        num_tokens += sum(map(len, tgt_ids))
    return Scores(bleu=sum(bleus) / len(bleus), nll=nll / num_tokens)


@torch.inference_mode()
def sum_nll(network: Seq2Seq, src_ids: list[list[int]], tgt_ids: list[list[int]]) -> float:
    """Negative log-likelihood in nats of all `tgt_ids` (end token included) given `src_ids`, without smoothing."""
    device = network.embedding.weight.device
    examples = sorted(map(Example, src_ids, tgt_ids), key=lambda example: len(example.tgt))
    objective, total = Objective(network, smoothing=0.0), 0.0
    for start in range(0, len(examples), CAPACITY):
        batch = make_batch(examples[start : start + CAPACITY])
        tensors = (batch.src_ids, batch.src_lengths, batch.tgt_in, batch.tgt_out)
        total += objective(*(each.to(device) for each in tensors)).nll.item()
    return total


def _admit(
    translator: Translator,
    state: SearchState,
    sources: list[Sequence[int]],
    search: SearchConfig,
    max_target_tokens: int,
    num_best: int,
) -> SearchState:
    device = state.arena.tokens.device
    ids, lengths = pad(sources)
    limits = torch.tensor([max_length(len(source), search, max_target_tokens) for source in sources])
    wanted = torch.full_like(lengths, num_best)
    return translator.admit(state, ids.to(device), lengths.to(device), limits.to(device), wanted.to(device))


def _collect(translator: Translator, state: SearchState, rows: Tensor, num_best: int) -> list[list[Translation]]:
    best = translator.best(state, rows, num_best)
    columns = (t.tolist() for t in (best.tokens, best.lengths, best.log_probs, best.scores))
    return [
        [
            Translation(ids=ids[:length], log_prob=log_prob, score=score)
            for rank, (ids, length, log_prob, score) in enumerate(zip(*row, strict=True))
            if length > 0 or rank == 0  # a network that diverged finishes nothing
        ]
        for row in zip(*columns, strict=True)
    ]
