"""The search of `model` over a network that ONNX Runtime computes.

Weights, float32, and every rule of the beam are those of the artifact; the search itself runs in Python, as it does for
whoever calls ONNX Runtime from a server.
"""

from unittest.mock import patch

from torch import Tensor

from benchmarks.onnx_network import OnnxNetwork
from model import advance
from model.beam import look_ahead
from model.search import Translator, active_rows
from model.seq2seq import Seq2Seq
from model.states import SearchState


class OnnxTranslator(Translator):
    """The search whose network is an `OnnxNetwork`; for batches that stay together, and not to be scripted.

    It puts itself in the place of `model`'s functions while it works: no other search may run in the process meanwhile,
    but for scripted ones.
    """

    def __init__(self, network: Seq2Seq, num_threads: int = 1) -> None:
        super().__init__(network)
        self._onnx = OnnxNetwork(network, num_threads)

    def admit(
        self, state: SearchState, src_ids: Tensor, src_lengths: Tensor, max_lengths: Tensor, num_best: Tensor
    ) -> SearchState:
        """As `Translator.admit`."""
        with patch.object(self.network, "encode", self._onnx.encode):
            return super().admit(state, src_ids, src_lengths, max_lengths, num_best)

    def step(self, state: SearchState, num_steps: int) -> SearchState:
        """As `Translator.step`; the memory does not change within it."""
        running = active_rows(state, self.source_bucket)
        outlook = state.outlook if state.is_current else look_ahead(running, state.clock)
        current = SearchState(state.arena, state.num_rows, state.clock, running, outlook, is_current=True)
        with patch.object(advance, "decoder_step", self._onnx.reader(running.memory)):
            return super().step(current, num_steps)
