"""What artifacts compute with: the device, a precision each, and weights made for it."""

import logging
import warnings
from collections.abc import Sequence
from typing import Any, cast

import torch

from service.artifact import Artifact, compile_no_kernels
from service.engine.border import Kept, KeptOnDevice, can_replay
from service.engine.cuda import Cuda
from service.engine.options import EngineOptions
from service.engine.precision import (
    AUTO,
    CUDA_BF16,
    HALF_ENCODER_FORM,
    WIDE_FORM,
    Precision,
    choose_precision,
    form_of,
)
from service.engine.replay import Device, Replayed, buckets

log = logging.getLogger(__name__)

_STRICT_TILE = 16  # rows of a product; from so many on, one kernel computes them all


class DeviceUnavailable(ValueError):
    """A device was asked for that this machine, or this build of torch, does not have."""


def choose_device(wanted: str, has_cuda: bool) -> torch.device:
    """Return the `wanted` device; `auto` is CUDA's where there is one.

    Raises:
        DeviceUnavailable: `wanted` is cuda, and there is none.
    """
    if wanted == "cuda" and not has_cuda:
        raise DeviceUnavailable("device is cuda; this machine, or this build of torch, has no CUDA device")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


class Compute:
    """Chooses device and precisions, and makes each artifact's weights once for all that compute with them."""

    def __init__(self, artifacts: Sequence[Artifact], options: EngineOptions) -> None:
        """Choose, say so, and move the artifacts to the device.

        Raises:
            DeviceUnavailable: the options ask for a device that is not there.
            PrecisionUnavailable: they ask for a precision that this machine or an artifact does not have.
        """
        self._options = options
        self.device = choose_device(options.device, torch.cuda.is_available())
        if self.device.type == "cuda":
            compile_no_kernels()
        for artifact in artifacts:
            artifact.module.to(self.device)
        self._weights: dict[str, Any] = {}
        self._replayer: Device | None = None  # made on the thread that uses it
        self._missing = frozenset[str]()  # forms for which there turned out to be no kernel
        self._precisions = {artifact.name: self._choose_precision(artifact) for artifact in artifacts}

    def precision(self, name: str) -> Precision:
        """What the named artifact computes in."""
        return self._precisions[name]

    def form(self, artifact: Artifact) -> str:
        """What the weights of `artifact` are made into."""
        return form_of(self._precisions[artifact.name], self._capabilities(artifact) - self._missing)

    def weights(self, artifact: Artifact) -> Any:
        """What all arenas of `artifact`, which `can_prepare`, compute with."""
        if artifact.name not in self._weights:
            self._weights[artifact.name] = self._prepare(artifact)
        return self._weights[artifact.name]

    def recorded(self, artifact: Artifact, kept: Kept, capacity: int) -> Kept:
        """`kept`, whose arena of `capacity` rows is empty, with steps that are replayed where a device can do that.

        Raises:
            RecordingFailed: it should, and cannot.
        """
        if self.device.type != "cuda" or not self._options.has_cuda_graphs or not can_replay(artifact.module):
            return kept
        self._replayer = self._replayer or Cuda()
        # Kernels follow the number of rows, and a strict row must not know how many there are.
        sizes = [capacity] if self._options.is_strict else buckets(capacity)
        return Replayed(cast(KeptOnDevice, kept), sizes, self._replayer, self.device)

    def fall_back(self, name: str) -> bool:
        """Choose fp32 for the named artifact from now on; False if another precision was asked for."""
        if self._options.precision != AUTO or self._precisions[name] is Precision.FP32:
            return False
        self._precisions[name] = Precision.FP32
        self._weights.pop(name, None)
        return True

    def _choose_precision(self, artifact: Artifact) -> Precision:
        has_choice = can_prepare(artifact) and next(artifact.module.parameters()).dtype == torch.float32
        capabilities = self._capabilities(artifact) if has_choice else frozenset[str]()
        precision = choose_precision(self._options.precision, capabilities)
        how = ", strictly" if self._options.is_strict else ""
        log.info("%s computes in %s on %s%s", artifact.name, precision, self.device, how)
        return precision

    def _capabilities(self, artifact: Artifact) -> frozenset[str]:
        """What of interest the device, this build of torch and the module of `artifact` can do."""
        if self.device.type == "cuda":
            has_bf16 = can_replay(artifact.module) and torch.cuda.is_bf16_supported(including_emulation=False)
            return frozenset({CUDA_BF16}) if has_bf16 else frozenset()
        return _capabilities_of_cpu(artifact) if self.device.type == "cpu" else frozenset()

    def _prepare(self, artifact: Artifact) -> Any:
        if self.device.type != "cpu":
            torch.backends.cudnn.allow_tf32 = False  # fp32 means fp32, on every device
            torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False  # and bf16 sums in it
        if "fbgemm" in self._capabilities(artifact):
            torch.backends.quantized.engine = "fbgemm"
        with warnings.catch_warnings():
            # The packed products outlive the tensors that they are made from, which upstream deprecates.
            warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, torch\.quantize_per_channel", UserWarning)
            tile = _STRICT_TILE if self._options.is_strict else 1
            prepare: Any = artifact.module.prepare
            try:
                return prepare(self.form(artifact), tile)
            except RuntimeError:  # oneDNN may be told to know less of the processor than torch does
                if self.form(artifact) != HALF_ENCODER_FORM:
                    raise
                self._missing = frozenset({HALF_ENCODER_FORM})
                log.warning("%s: no bfloat16 for the encoder here, which computes in float32", artifact.name)
                return prepare(self.form(artifact), tile)


def can_prepare(artifact: Artifact) -> bool:
    """Whether the module's arenas can share what steps compute with, in a form that is chosen here."""
    return hasattr(artifact.module, "prepare")


def _capabilities_of_cpu(artifact: Artifact) -> frozenset[str]:
    """What of interest the CPU, this build of torch and the module of `artifact` can do."""
    found = {name for name, is_there in torch.cpu.get_capabilities().items() if is_there is True}
    if torch.backends.mkldnn.is_available():
        found.add("mkldnn")
    found.update({WIDE_FORM, HALF_ENCODER_FORM}.intersection(getattr(artifact.module, "forms", ())))
    return frozenset(found | set(torch.backends.quantized.supported_engines))
