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
    """A weight [O, I], `plain` or packed, and what is added to its products."""

    plain: Tensor  # [O, I], or [0]
    packed: list[Packed]  # one, or none
    bias: Tensor  # [O], or [0]: none
    levels: int  # of int8 activations each way from zero; 0: not int8
    tile: int  # rows are padded to a multiple of it, so that all of them meet the same kernel


def plain_matrix(weight: Tensor, bias: Tensor, tile: int) -> Matrix:
    """Multiply by `weight` [O, I] as it stands; `bias` is [O], or [0] for none, as in all forms."""
    packed: list[Packed] = []
    return Matrix(plain=weight, packed=packed, bias=bias, levels=0, tile=tile)


def bfloat16_matrix(weight: Tensor, bias: Tensor, tile: int) -> Matrix:
    """Multiply in bfloat16, with sums in float32."""
    return plain_matrix(weight.to(torch.bfloat16), bias, tile)


def half_matrix(weight: Tensor, bias: Tensor, tile: int) -> Matrix:
    """Read `weight` in half precision and compute in float32: the same numbers from half the memory.

    Falls back to a plain matrix on other devices than a CPU, where half precision does not hold every weight exactly,
    and for tiles: its kernels add up in an order that depends on the number of rows.
    """
    if tile > 1 or not weight.is_cpu or weight.dtype != torch.float32 or not torch.equal(weight.half().float(), weight):
        return plain_matrix(weight, bias, tile)
    own = bias if bias.numel() > 0 else None
    packed = [torch.ops.quantized.linear_prepack_fp16(weight, own)]
    return Matrix(plain=weight.new_zeros([0]), packed=packed, bias=bias, levels=0, tile=tile)


def int8_matrix(weight: Tensor, bias: Tensor, levels: int) -> Matrix:
    """Quantise each output of float32 `weight` [O, I] by a scale of its own, to be multiplied in integers.

    Integer sums are exact, so that no row depends on its number of neighbours. That asks for 63 `levels` of activations
    each way where a processor sums two products in 16 bits: 2 * 127 * (64 + 63) fits; with VNNI, 127 fit as well.
    """
    scales = weight.abs().amax(1).clamp_min(1e-12).to(torch.float64) / 127.0
    zeros = torch.zeros([weight.size(0)], dtype=torch.int64)
    quantised = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    packed = [torch.ops.quantized.linear_prepack(quantised, None)]
    return Matrix(plain=weight.new_zeros([0]), packed=packed, bias=bias, levels=levels, tile=1)


def multiply(x: Tensor, matrix: Matrix) -> Tensor:
    """`x` [M, I] times the matrix, plus its bias: [M, O], which is the caller's to change."""
    has_bias = matrix.bias.numel() > 0
    if matrix.levels > 0:
        scale = x.abs().amax(1, keepdim=True).clamp_min(1e-12)  # [M, 1]: a row's scale is its own
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / scale, 1.0 / matrix.levels, matrix.levels + 1, matrix.packed[0]
        )
        return torch.addcmul(matrix.bias, product, scale, out=product) if has_bias else product.mul_(scale)
    if len(matrix.packed) > 0:
        return torch.ops.quantized.linear_dynamic_fp16(x, matrix.packed[0])
    M = x.size(0)
    missing = -M % matrix.tile
    if missing > 0:
        x = functional.pad(x, [0, 0, 0, missing])
    if x.dtype == matrix.plain.dtype:
        return functional.linear(x, matrix.plain, matrix.bias if has_bias else None)[:M]
    product = functional.linear(x.to(matrix.plain.dtype), matrix.plain).to(x.dtype)[:M]
    return product.add_(matrix.bias) if has_bias else product
