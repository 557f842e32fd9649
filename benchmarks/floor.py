"""What no step can be faster than on the machine at hand: its matrix products alone, as the engine multiplies."""

import statistics
import time

import torch

from model.matrix import Matrix, multiply
from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import StepWeights

_REPEATS = 15


class Floor:
    """The products of a step of `network`, with its matrices in `form`; see `Decoder.step_weights`."""

    def __init__(self, network: Seq2Seq, form: str) -> None:
        translator = Translator(network)
        self._widths = [matrix.plain.size(1) for matrix in _matrices(translator.prepare("plain", 1).step)]
        self._matrices = _matrices(translator.prepare(form, 1).step)

    @torch.inference_mode()
    def seconds(self, num_hypotheses: int) -> float:
        """Processor time of all products for so many hypotheses at once, at the median."""
        inputs = [torch.randn(num_hypotheses, width) for width in self._widths]
        found = []
        for _ in range(_REPEATS):
            started = time.thread_time()
            for x, matrix in zip(inputs, self._matrices, strict=True):
                multiply(x, matrix)
            found.append(time.thread_time() - started)
        return statistics.median(found)


def _matrices(weights: StepWeights) -> list[Matrix]:
    return [weights.bottom, weights.query, *weights.upper, weights.readout, weights.output]
