"""Beam search as textbooks write it, the network called for each hypothesis: the slowest of the benchmarks' peers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.decoder import decoder_step
from model.seq2seq import Seq2Seq
from model.states import DecoderState, StepWeights


@dataclass(frozen=True)
class Beam:
    """One hypothesis."""

    tokens: list[int]
    log_prob: float
    state: DecoderState  # [1, 1, H] a layer
    coverage: Tensor  # [S]

    def score(self, length_penalty: float, coverage_penalty: float) -> float:
        """As Wu et al. 2016, section 7, for the tokens after the begin token."""
        missing = float(self.coverage.clamp(1e-6, 1.0).log().sum())
        divisor = float(((5.0 + len(self.tokens) - 1) / 6.0) ** length_penalty)
        return self.log_prob / divisor + coverage_penalty * missing


@torch.inference_mode()
def translate(
    network: Seq2Seq,
    weights: StepWeights,
    ids: tuple[int, ...],
    *,
    beam_size: int,
    max_length: int,
    length_penalty: float,
    coverage_penalty: float,
) -> list[int]:
    """The best translation of `ids`, end token included; `weights` are the network's own, plain."""
    memory, start = network.encode(torch.tensor([ids]), torch.tensor([len(ids)]))
    first = DecoderState(hidden=[h.unsqueeze(1) for h in start.hidden], cell=[c.unsqueeze(1) for c in start.cell])
    live = [Beam([network.bos_id], 0.0, first, torch.zeros(len(ids)))]
    finished: list[tuple[float, list[int]]] = []
    for step in range(max_length):
        candidates: list[Beam] = []
        for beam in live:
            logits, attention, state = decoder_step(weights, torch.tensor([beam.tokens[-1:]]), memory, beam.state)
            log_probs = logits[0, 0].log_softmax(0).index_fill(0, weights.never, -float("inf"))
            if step + 1 == max_length:
                best, tokens = log_probs[network.eos_id :][:1], torch.tensor([network.eos_id])
            else:
                best, tokens = log_probs.topk(2 * beam_size)
            coverage = beam.coverage + attention[0, 0]
            for log_prob, token in zip(best.tolist(), tokens.tolist(), strict=True):
                candidates.append(Beam([*beam.tokens, token], beam.log_prob + log_prob, state, coverage))
        candidates.sort(key=lambda beam: -beam.log_prob)
        candidates = candidates[: 2 * beam_size]
        for beam in candidates[:beam_size]:
            if beam.tokens[-1] == network.eos_id:
                finished.append((beam.score(length_penalty, coverage_penalty), beam.tokens[1:]))
        live = [beam for beam in candidates if beam.tokens[-1] != network.eos_id][:beam_size]
        bound = live[0].log_prob / ((5.0 + max_length) / 6.0) ** length_penalty if live else -float("inf")
        if not live or len(finished) >= beam_size or (finished and max(finished)[0] >= bound):
            break
    return max(finished)[1]
