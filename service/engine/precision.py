"""What steps compute in: chosen by what the CPU can do, never by a timing, so that no start answers unlike the last."""

from collections.abc import Set
from enum import StrEnum


class Precision(StrEnum):
    """Of the products in a step; everything else is float32."""

    FP32 = "fp32"  # from weights in half precision where these hold them exactly
    BF16 = "bf16"
    INT8 = "int8"  # a scale for each output of a weight and for each row of activations


AUTO = "auto"
PRECISIONS = (AUTO, *Precision)

# Without these a precision is slower than fp32, or there is no kernel at all (docs/decisions/0006).
_NEEDED: dict[Precision, tuple[frozenset[str], ...]] = {
    Precision.BF16: (frozenset({"amx_bf16"}), frozenset({"avx512_bf16"})),
    Precision.INT8: (frozenset({"fbgemm", "avx2"}),),
}


class PrecisionUnavailable(ValueError):
    """A precision was asked for that this machine, or the artifact, does not have."""


def choose_precision(wanted: str, capabilities: Set[str]) -> Precision:
    """Return the `wanted` precision, or for `auto` the best: bf16 on AMX, else int8 where its kernels are, else fp32.

    An artifact that has no choice is described by no `capabilities`.

    Raises:
        PrecisionUnavailable: `wanted` needs what is not among `capabilities`.
    """
    if wanted == AUTO:
        if "amx_bf16" in capabilities:
            return Precision.BF16
        return Precision.INT8 if _is_available(Precision.INT8, capabilities) else Precision.FP32
    precision = Precision(wanted)
    if not _is_available(precision, capabilities):
        needed = " or ".join(" and ".join(sorted(names)) for names in _NEEDED[precision])
        raise PrecisionUnavailable(
            f"precision is {wanted}; it needs {needed} and an artifact whose module has the verb 'prepare'"
        )
    return precision


def _is_available(precision: Precision, capabilities: Set[str]) -> bool:
    return precision not in _NEEDED or any(names <= capabilities for names in _NEEDED[precision])
