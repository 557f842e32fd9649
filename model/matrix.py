"""A weight matrix in the form that a step multiplies by: plain, or packed once for the kernels of the CPU at hand."""

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    Packed = torch.ScriptObject
else:
    Packed = torch.classes.quantized.LinearPackedParamsBase


class Matrix(NamedTuple):
    """A weight [O, I]: `plain`, or else empty and in `packed`."""

    plain: Tensor  # [O, I], or [0]
    packed: list[Packed]  # one, or none
    is_int8: bool
    tile: int  # rows are padded to a multiple of it, so that all of them meet the same kernel


def plain_matrix(weight: Tensor, tile: int) -> Matrix:
    """Multiply by `weight` [O, I] as it stands."""
    packed: list[Packed] = []
    return Matrix(plain=weight, packed=packed, is_int8=False, tile=tile)


def bfloat16_matrix(weight: Tensor, tile: int) -> Matrix:
    """Multiply in bfloat16, with sums in float32."""
    return plain_matrix(weight.to(torch.bfloat16), tile)


def half_matrix(weight: Tensor, tile: int) -> Matrix:
    """Read `weight` in half precision and compute in float32: the same numbers from half the memory.

    Falls back to a plain matrix where half precision does not hold every weight exactly, and for tiles: its kernels
    add up in an order that depends on the number of rows.
    """
    if tile > 1 or weight.dtype != torch.float32 or not torch.equal(weight.half().float(), weight):
        return plain_matrix(weight, tile)
    return Matrix(
        plain=weight.new_zeros([0]),
        packed=[torch.ops.quantized.linear_prepack_fp16(weight, None)],
        is_int8=False,
        tile=tile,
    )


def int8_matrix(weight: Tensor) -> Matrix:
    """Quantise each output of float32 `weight` [O, I] by a scale of its own, to be multiplied in integers.

    Integer sums are exact, so that no row depends on its number of neighbours.
    """
    scales = weight.abs().amax(1).clamp_min(1e-12).to(torch.float64) / 127.0
    zeros = torch.zeros([weight.size(0)], dtype=torch.int64)
    quantised = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    return Matrix(
        plain=weight.new_zeros([0]),
        packed=[torch.ops.quantized.linear_prepack(quantised, None)],
        is_int8=True,
        tile=1,
    )


def multiply(x: Tensor, matrix: Matrix, plus: Tensor) -> Tensor:
    """`x` [M, I] times the matrix, plus `plus` [O] or [M, O]: [M, O]."""
    if matrix.is_int8:
        # Without VNNI, two products are summed in 16 bits: 2 * 127 * 127 fits, with activations in 64 +- 63.
        scale = x.abs().amax(1, keepdim=True).clamp_min(1e-12)  # [M, 1]: a row's scale is its own
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / scale, 1.0 / 63.0, 64, matrix.packed[0]
        )
        return torch.addcmul(plus, product, scale)
    M = x.size(0)
    missing = -M % matrix.tile
    if missing > 0:
        x = functional.pad(x, [0, 0, 0, missing])
    if len(matrix.packed) > 0:
        product = torch.ops.quantized.linear_dynamic_fp16(x, matrix.packed[0])
    else:
        product = functional.linear(x.to(matrix.plain.dtype), matrix.plain).to(x.dtype)
    return product[:M] + plus
