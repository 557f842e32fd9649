"""A network of `model` that ONNX Runtime computes, in float32: the encoder and one step of the decoder as graphs."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional

from model import decoder
from model.decoder import decoder_step
from model.encoder import length_mask
from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import DecoderState, Memory, StepWeights

_OPSET = 17
_ERRORS_ONLY = 3
_SHAPES = (2, 5, 9)  # of the tensors that a graph is traced with: N, K, S; none of them is 1, which may broadcast


class _Encoder(nn.Module):
    """The encoder with tensors alone on either side."""

    def __init__(self, network: Seq2Seq) -> None:
        super().__init__()
        self._network = network

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        """Encode `ids` [N, S] of `lengths` [N]: keys, values, hidden states, cells."""
        memory, state = self._network.encode(ids, lengths)
        return (memory.keys, memory.values, *state.hidden, *state.cell)


class _Step(nn.Module):
    """One step of the decoder with tensors alone on either side."""

    def __init__(self, weights: StepWeights) -> None:
        super().__init__()
        self._weights = weights

    def forward(
        self, tokens: Tensor, keys: Tensor, values: Tensor, lengths: Tensor, *states: Tensor
    ) -> tuple[Tensor, ...]:
        """Advance by `tokens` [N, K]: logits, attention, hidden states, cells."""
        state = _as_state(states)
        with patch.multiple(decoder, normalise=_normalise, attend=_attend):
            logits, attention, new = decoder_step(self._weights, tokens, Memory(keys, values, lengths), state)
        return (logits, attention, *new.hidden, *new.cell)


class OnnxNetwork:
    """The graphs of a network; each call computes in `num_threads` threads."""

    def __init__(self, network: Seq2Seq, num_threads: int = 1) -> None:
        N, K, S = _SHAPES
        network.requires_grad_(False)  # only then are weights constants of a graph
        step_weights = Translator(network).prepare("plain", 1).step
        ids, lengths = torch.full([N, S], network.eos_id), torch.tensor([S, S - 1])
        tokens = torch.full([N, K], network.bos_id)
        with TemporaryDirectory() as directory, torch.no_grad():
            memory, start = network.encode(ids, lengths)
            states = [each.unsqueeze(1).expand(-1, K, -1).contiguous() for each in (*start.hidden, *start.cell)]
            self._encoder = _session(
                _export(
                    _Encoder(network),
                    {"ids": ids, "lengths": lengths},
                    ["keys", "values", *_names("start", states)],
                    Path(directory) / "encoder.onnx",
                ),
                num_threads,
            )
            self._step = _session(
                _export(
                    _Step(step_weights),
                    {
                        "tokens": tokens,
                        "keys": memory.keys,
                        "values": memory.values,
                        "lengths": lengths,
                        **dict(zip(_names("old", states), states, strict=True)),
                    },
                    ["logits", "attention", *_names("new", states)],
                    Path(directory) / "step.onnx",
                ),
                num_threads,
            )

    def encode(self, src_ids: Tensor, src_lengths: Tensor, weights: None = None) -> tuple[Memory, DecoderState]:
        """As `Seq2Seq.encode`; the graph has its own `weights`."""
        keys, values, *states = _run(self._encoder, [_value(src_ids), _value(src_lengths)])
        return Memory(keys, values, src_lengths), _as_state(states)

    def reader(self, memory: Memory) -> "Reader":
        """The step over `memory`, which is handed to the runtime once."""
        return Reader(self._step, [_value(each) for each in (memory.keys, memory.values, memory.lengths)])


class Reader:
    """Stands for `decoder_step` while a memory stays as it is."""

    def __init__(self, session: onnxruntime.InferenceSession, memory: Sequence[onnxruntime.OrtValue]) -> None:
        self._session = session
        self._memory = memory

    def __call__(
        self, weights: StepWeights, tokens: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """As `decoder_step`; `weights` and `memory` are what the graph and this object hold already."""
        states = [_value(each) for each in (*state.hidden, *state.cell)]
        logits, attention, *new = _run(self._session, [_value(tokens), *self._memory, *states])
        return logits, attention, _as_state(new)


def _normalise(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """As `model.decoder.normalise`, with a size that is no part of the graph: the exporter wants it constant."""
    return functional.layer_norm(x, [len(weight)], weight, bias, epsilon)


def _attend(queries: Tensor, memory: Memory, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """As `model.attention.attend`, without merging axes: the exporter would take their sizes for constants."""
    padding = ~length_mask(memory.lengths, memory.keys.size(2))  # [N, S]
    energy = torch.matmul(queries * scale, memory.keys.transpose(2, 3))  # [N, G, T, S]
    weights = torch.softmax(energy.masked_fill(padding.unsqueeze(1).unsqueeze(1), -float("inf")), dim=-1)
    return torch.matmul(weights, memory.values).transpose(1, 2).flatten(2), weights


def _export(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], path: Path) -> Path:
    """Write the graph of `module`; every axis whose size is one of `_SHAPES` may have any size."""
    with warnings.catch_warnings():
        # The exporter's words about itself, about shapes that were traced, and about LSTMs in batches; the graphs are
        # compared with the network by a test, for other sizes than these.
        warnings.simplefilter("ignore")
        traced = module.eval()(*inputs.values())
        named = {**inputs, **dict(zip(outputs, traced, strict=True))}
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_axes={name: _free_axes(name, tensor) for name, tensor in named.items()},
        )
    return path


def _free_axes(name: str, tensor: Tensor) -> dict[int, str]:
    """The axes of segments, hypotheses and source positions."""
    if tensor.dim() == 4:
        return {0: "N", 2: "S"}
    if name in ("ids", "attention"):
        return {0: "N", tensor.dim() - 1: "S"} | ({1: "K"} if name == "attention" else {})
    return {0: "N"} if name == "lengths" or name.startswith("start") else {0: "N", 1: "K"}


def _session(path: Path, num_threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _value(tensor: Tensor) -> onnxruntime.OrtValue:
    """The same memory, as the runtime sees it."""
    return onnxruntime.OrtValue.ortvalue_from_numpy(tensor.contiguous().numpy())


def _run(session: onnxruntime.InferenceSession, values: Sequence[onnxruntime.OrtValue]) -> list[Tensor]:
    names = [each.name for each in session.get_inputs()]
    found = session.run_with_ort_values(None, dict(zip(names, values, strict=True)))
    return [torch.from_numpy(each.numpy()) for each in found]


def _names(prefix: str, states: Sequence[Tensor]) -> list[str]:
    return [f"{prefix}_{i}" for i in range(len(states))]


def _as_state(states: Sequence[Tensor]) -> DecoderState:
    """Hidden states, then cells."""
    num_layers = len(states) // 2
    return DecoderState(hidden=list(states[:num_layers]), cell=list(states[num_layers:]))
