"""A plain beam search for what the served one cannot run: ensembles, and networks of the laboratory.

Every source of a batch is searched to its end before the next batch; hypotheses and scores are those of `model.search`.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from model.search import expand, penalty
from training.config import SearchConfig
from training.dataset import pad
from training.validate import CAPACITY, Translation, max_length

NO_TRANSLATION = Translation([], -float("inf"), -float("inf"))  # of a network that diverged


class Reading(Protocol):
    """N sources that are being translated, K hypotheses each, with all that their next tokens depend on."""

    def predict(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities [N, K, V] of what follows `tokens` [N, K], and their attention [N, K, S] to the source."""
        ...

    def reorder(self, parents: Tensor) -> None:
        """Give each hypothesis the state of its parent [N, K]."""
        ...


class Predictor(Protocol):
    """Something that can be searched."""

    bos_id: int
    eos_id: int

    def read(self, src_ids: Tensor, src_lengths: Tensor, beam_size: int) -> Reading:
        """Begin with `src_ids` [N, S] of `src_lengths` [N]."""
        ...


@torch.inference_mode()
def beam_search(
    predictor: Predictor,
    sources: Sequence[Sequence[int]],
    search: SearchConfig,
    num_best: int = 1,
    max_target_tokens: int = 256,
) -> list[list[Translation]]:
    """The `num_best` (at most the beam) translations of each of `sources` (ids, end token included), best first."""
    order = sorted(range(len(sources)), key=lambda i: -len(sources[i]))
    found: dict[int, list[Translation]] = {}
    for start in range(0, len(order), CAPACITY):
        chosen = order[start : start + CAPACITY]
        beam = Beam(predictor, [sources[i] for i in chosen], search, num_best, max_target_tokens)
        found |= zip(chosen, beam.run(), strict=True)
    return [found[i] for i in range(len(sources))]


class Beam:
    """The search of one batch of N sources; axes as in `model.states`, T tokens so far."""

    def __init__(
        self,
        predictor: Predictor,
        sources: Sequence[Sequence[int]],
        search: SearchConfig,
        num_best: int,
        max_target_tokens: int,
    ) -> None:
        N, K = len(sources), search.beam_size
        src_ids, self.src_lengths = pad(sources)
        self.search, self.num_best, self.eos_id = search, min(num_best, K), predictor.eos_id
        self.limits = torch.tensor([max_length(len(source), search, max_target_tokens) for source in sources])
        self.reading = predictor.read(src_ids, self.src_lengths, K)
        self.history = torch.full((N, K, 1), predictor.bos_id)  # [N, K, 1 + T]
        self.coverage = torch.zeros(N, K, src_ids.size(1), dtype=torch.float64)
        self.log_probs = torch.full((N, K), -float("inf"))
        self.log_probs[:, 0] = 0.0
        self.finished: list[list[Translation]] = [[] for _ in sources]
        self.done = torch.zeros(N, dtype=torch.bool)

    def run(self) -> list[list[Translation]]:
        """Search to the end; the best of each source first."""
        while not self.done.all():
            self._advance()
        return [each[: self.num_best] or [NO_TRANSLATION] for each in self.finished]

    def _advance(self) -> None:
        """One token for every source that is not done."""
        K, length = self.search.beam_size, self.history.size(2)
        predicted, attention = self.reading.predict(self.history[:, :, -1])
        self.coverage += attention
        final = self.limits <= length
        log_probs, parents, tokens = expand(self.log_probs.to(predicted), predicted, final, self.eos_id)  # [N, M]
        is_end = tokens == self.eos_id
        ended = is_end & (log_probs > -float("inf")) & ~self.done.unsqueeze(1)
        ended[:, K:] = False  # an end below rank K is no hypothesis of the beam
        self._collect(log_probs, parents, ended)
        self.log_probs, rank = log_probs.masked_fill(is_end, -float("inf")).topk(K, dim=1)
        parents = parents.gather(1, rank)
        self.history = torch.cat([take(self.history, parents), tokens.gather(1, rank).unsqueeze(2)], dim=2)
        self.coverage = take(self.coverage, parents)
        self.reading.reorder(parents)
        self.done |= final | self._settled()

    def _collect(self, log_probs: Tensor, parents: Tensor, ended: Tensor) -> None:
        """Keep the candidates [N, M] that `ended`."""
        length = torch.tensor(self.history.size(2))
        scores = log_probs / penalty(length, self.search.length_penalty)
        if self.search.coverage_penalty > 0.0:
            real = torch.arange(self.coverage.size(2)) < self.src_lengths.unsqueeze(1)  # [N, S]
            missing = self.coverage.clamp(1e-6, 1.0).log().masked_fill(~real.unsqueeze(1), 0.0).sum(dim=2)  # [N, K]
            scores = scores + self.search.coverage_penalty * missing.gather(1, parents)
        for row, rank in ended.nonzero().tolist():
            ids = [*self.history[row, parents[row, rank], 1:].tolist(), self.eos_id]
            self.finished[row].append(Translation(ids, log_probs[row, rank].item(), scores[row, rank].item()))
        for each in self.finished:
            each.sort(key=lambda translation: -translation.score)  # the earlier of equals stays first

    def _settled(self) -> Tensor:
        """True [N] where no live hypothesis can change the result, or the beam is full; as in `model.search`."""
        best = [
            each[self.num_best - 1].score if len(each) >= self.num_best else -float("inf") for each in self.finished
        ]
        bound = self.log_probs[:, 0] / penalty(self.limits, self.search.length_penalty)
        is_full = torch.tensor([len(each) >= self.search.beam_size for each in self.finished])
        return is_full | (torch.tensor(best, dtype=bound.dtype) >= bound)


def take(x: Tensor, parents: Tensor) -> Tensor:
    """`x` [N, K, F] with each hypothesis replaced by its parent [N, K]."""
    return x.gather(1, parents.unsqueeze(2).expand(-1, -1, x.size(2)))
