"""Who runs the search of an artifact: its own scripted module, Python, or Python over graphs of ONNX Runtime."""

from dataclasses import replace
from enum import StrEnum

import torch
from torch import Tensor, nn

from benchmarks.engine_peers import eager_network
from model.search import Translator
from model.states import Hypotheses, SearchState
from service.artifact import Artifact


class Kind(StrEnum):
    """How a peer computes."""

    SCRIPTED = "scripted"
    EAGER = "eager"
    ONNX = "onnx"


class PythonVerbs(nn.Module):
    """A search that is not scripted, in plain float32: what a server has that calls the network from Python."""

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        self._verbs = translator

    def open(self, *sizes: int | float) -> SearchState:
        """Allocate an arena."""
        return self._verbs.open(*sizes)  # type: ignore[arg-type]

    def admit(self, state: SearchState, *newcomers: Tensor) -> SearchState:
        """Encode newcomers."""
        return self._verbs.admit(state, *newcomers)

    def step(self, state: SearchState, num_steps: int) -> SearchState:
        """Advance every row."""
        return self._verbs.step(state, num_steps)

    def finished(self, state: SearchState) -> Tensor:
        """Tell which rows are done."""
        return self._verbs.finished(state)

    def best(self, state: SearchState, rows: Tensor, num_best: int) -> Hypotheses:
        """Read the hypotheses of `rows`."""
        return self._verbs.best(state, rows, num_best)

    def release(self, state: SearchState, rows: Tensor) -> SearchState:
        """Free `rows`."""
        return self._verbs.release(state, rows)


def computed_by(kind: Kind, artifact: Artifact) -> Artifact:
    """`artifact` with its search run as `kind` says, in torch's number of threads."""
    if kind is Kind.SCRIPTED:
        return artifact
    return replace(artifact, module=PythonVerbs(_translator(kind, artifact)))


def _translator(kind: Kind, artifact: Artifact) -> Translator:
    network = eager_network(artifact)
    if kind is Kind.EAGER:
        return Translator(network)
    from benchmarks.onnx_search import OnnxTranslator  # not every process that starts has use for the runtime

    return OnnxTranslator(network, torch.get_num_threads())
