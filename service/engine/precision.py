"""What artifacts compute in: chosen by what the processor can do and never by a timing, so that starts answer alike."""

from collections.abc import Set
from enum import StrEnum


class Precision(StrEnum):
    """Of the products in a step and, in int8 with VNNI, of the encoder; what lies between them is float32."""

    FP32 = "fp32"  # from weights in half precision where these hold them exactly
    BF16 = "bf16"
    INT8 = "int8"  # a scale for each output of a weight and for each row of activations


AUTO = "auto"
PRECISIONS = (AUTO, *Precision)

# The libraries of a build of torch that weights are packed for.
PACKING = frozenset({"fbgemm", "mkldnn"})

# With these, int8 has 127 levels of activations each way, and is as good as fp32 for all products
# (docs/decisions/0006).
WIDE_FORM = "int8_vnni"
WIDE_INT8 = PACKING | {"avx512_vnni", WIDE_FORM}

# With these as well, the layers of the encoder compute in bfloat16; not with the kernels for AMX, with which it has not
# been tried whether a sentence's company can be seen.
HALF_ENCODER_FORM = "int8_bfloat16"
HALF_ENCODER = WIDE_INT8 | {"avx512_bf16", HALF_ENCODER_FORM}
UNTRIED = "amx_bf16"

# A CUDA device that multiplies bfloat16.
CUDA_BF16 = "cuda_bf16"

# Without one of these a precision is slower than fp32, or there is no kernel at all.
_NEEDED: dict[Precision, tuple[frozenset[str], ...]] = {
    Precision.BF16: (frozenset({"amx_bf16"}), frozenset({"avx512_bf16"}), frozenset({CUDA_BF16})),
    Precision.INT8: (PACKING | {"avx2"},),
}


# Less precise products may prefer another translation of a sample, but none that is worse by so much in its score.
# By chance, a sample of 87 pieces gained 0.25 in one version of an artifact and lost 0.28 in another; short ones
# differ by 0.1 at most.
LARGEST_LOSS = 0.5


class PrecisionUnavailable(ValueError):
    """A precision was asked for that this machine, its device, or the artifact does not have."""


def choose_precision(wanted: str, capabilities: Set[str]) -> Precision:
    """Return the `wanted` precision; `auto` is the fastest that is as good as fp32: int8 with VNNI, bf16 on CUDA.

    Else it is fp32 itself.

    An artifact that has no choice is described by no `capabilities`.

    Raises:
        PrecisionUnavailable: `wanted` needs what is not among `capabilities`.
    """
    if wanted == AUTO and CUDA_BF16 in capabilities:
        return Precision.BF16
    if wanted == AUTO:
        return Precision.INT8 if capabilities >= WIDE_INT8 else Precision.FP32
    precision = Precision(wanted)
    if not _is_available(precision, capabilities):
        needed = " or ".join(" and ".join(sorted(names)) for names in _NEEDED[precision])
        raise PrecisionUnavailable(
            f"precision is {wanted}; it needs {needed} and an artifact whose module has the verb 'prepare'"
        )
    return precision


def form_of(precision: Precision, capabilities: Set[str]) -> str:
    """What the module's verb `prepare` is to make of the weights."""
    if precision is Precision.FP32:
        return "half" if capabilities >= PACKING else "plain"
    if precision is Precision.INT8:
        if capabilities >= HALF_ENCODER and UNTRIED not in capabilities:
            return HALF_ENCODER_FORM
        return WIDE_FORM if capabilities >= WIDE_INT8 else "int8"
    return "bfloat16"


def _is_available(precision: Precision, capabilities: Set[str]) -> bool:
    return precision not in _NEEDED or any(names <= capabilities for names in _NEEDED[precision])
