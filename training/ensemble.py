"""Several networks that translate as one: the mean of their probabilities decides each next token."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from model.decoder import decoder_step
from model.seq2seq import Seq2Seq
from model.states import DecoderState, StepWeights
from training.beam import Predictor, Reading, take


class NetworkPredictor:
    """A served network, as the plain search asks it."""

    def __init__(self, network: Seq2Seq) -> None:
        self.network = network
        self.bos_id, self.eos_id = network.bos_id, network.eos_id
        with torch.no_grad():
            self.weights = network.decoder.step_weights("plain", 1)

    def read(self, src_ids: Tensor, src_lengths: Tensor, beam_size: int) -> Reading:
        """Encode the sources."""
        return _NetworkReading(self.network, self.weights, src_ids, src_lengths, beam_size)


class Ensemble:
    """Predictors over one vocabulary; each reads the source by itself.

    Raises:
        ValueError: there is none.
    """

    def __init__(self, members: Sequence[Predictor]) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one network")
        self.members = members
        self.bos_id, self.eos_id = members[0].bos_id, members[0].eos_id

    def read(self, src_ids: Tensor, src_lengths: Tensor, beam_size: int) -> Reading:
        """Let every member read the sources."""
        return _EnsembleReading([member.read(src_ids, src_lengths, beam_size) for member in self.members])


class _NetworkReading:
    def __init__(
        self, network: Seq2Seq, weights: StepWeights, src_ids: Tensor, src_lengths: Tensor, beam_size: int
    ) -> None:
        self.weights = weights
        self.memory, state = network.encode(src_ids, src_lengths)
        self.state = DecoderState(*([t.unsqueeze(1).expand(-1, beam_size, -1) for t in part] for part in state))

    def predict(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        logits, attention, self.state = decoder_step(self.weights, tokens, self.memory, self.state)
        return logits.log_softmax(dim=2).index_fill_(2, self.weights.never, -math.inf), attention

    def reorder(self, parents: Tensor) -> None:
        self.state = DecoderState(*([take(t, parents) for t in part] for part in self.state))


class _EnsembleReading:
    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings

    def predict(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        log_probs, attentions = zip(*(reading.predict(tokens) for reading in self.readings), strict=True)
        mean = torch.stack(log_probs).logsumexp(dim=0) - math.log(len(log_probs))
        return mean, torch.stack(attentions).mean(dim=0)

    def reorder(self, parents: Tensor) -> None:
        for reading in self.readings:
            reading.reorder(parents)
