"""Products in every form: near enough, and never touched by their neighbours."""

import warnings

import pytest
import torch
from torch import Tensor

from model.decoder import FORMS, step_matrix
from model.matrix import Matrix, half_matrix, multiply


def make(form: str, weight: Tensor, bias: Tensor, tile: int = 1) -> Matrix:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, torch\.quantize_per_channel", UserWarning)
        return step_matrix(weight, bias, form, tile)


def numbers(*sizes: int, seed: int = 0) -> Tensor:
    """Normal numbers that half precision holds."""
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(seed)).half().float()


NONE = torch.zeros(0)
has_vnni = torch.cpu.get_capabilities().get("avx512_vnni") is True
WIDE = pytest.param("int8_vnni", marks=pytest.mark.skipif(not has_vnni, reason="no VNNI"))


@pytest.mark.parametrize(
    ("form", "tolerance"),
    [
        ("plain", 1e-6),
        ("half", 1e-6),
        ("bfloat16", 1e-2),
        ("int8", 2e-2),
        pytest.param("int8_vnni", 1.2e-2, marks=WIDE.marks),
    ],
)
@pytest.mark.parametrize("M", [1, 2, 7, 16])
@pytest.mark.parametrize("has_bias", [False, True])
def test_a_product_is_that_in_float64_within_the_form(form: str, tolerance: float, M: int, has_bias: bool) -> None:
    x, weight, bias = numbers(M, 96, seed=1), numbers(64, 96), numbers(64) if has_bias else NONE
    expected = x.double() @ weight.double().T
    expected = expected + bias if has_bias else expected
    error = (multiply(x, make(form, weight, bias)) - expected).norm() / expected.norm()
    assert float(error) < tolerance


@pytest.mark.parametrize(("form", "tile"), [("plain", 16), ("int8", 1), pytest.param("int8_vnni", 1, marks=WIDE.marks)])
def test_neighbours_do_not_change_a_row(form: str, tile: int) -> None:
    """Neither how many they are nor how large: a scale of all rows together would move the small ones."""
    matrix, x = make(form, numbers(64, 96), numbers(64), tile), numbers(40, 96, seed=1)
    x[1:] *= 1000.0
    together = multiply(x, matrix)
    for M in range(1, 40):
        assert torch.equal(multiply(x[:M], matrix), together[:M])


@pytest.mark.parametrize("form", ["plain", "half", "bfloat16", "int8", WIDE])
def test_rows_of_zeros_give_the_bias(form: str) -> None:
    bias = numbers(64)
    assert torch.equal(multiply(torch.zeros(1, 96), make(form, numbers(64, 96), bias))[0], bias)


@pytest.mark.parametrize("form", ["plain", "half", "bfloat16", "int8", WIDE])
@pytest.mark.parametrize("tile", [1, 16])
def test_a_product_is_the_callers_to_change(form: str, tile: int) -> None:
    matrix, x = make(form, numbers(64, 96), numbers(64), tile), numbers(3, 96)
    expected = multiply(x, matrix)
    multiply(x, matrix).zero_()
    assert torch.equal(multiply(x, matrix), expected)


def test_weights_that_half_precision_would_round_are_not_packed() -> None:
    weight = numbers(64, 96)
    assert len(half_matrix(weight, NONE, 1).packed) == 1
    weight[3, 3] = 1.0 + 2**-20
    assert len(half_matrix(weight, NONE, 1).packed) == 0
    assert len(half_matrix(weight.double(), NONE, 1).packed) == 0


def test_the_largest_sums_fit_the_accumulators_of_old_processors() -> None:
    """Where two products are summed in 16 bits, larger activations would saturate."""
    weight, x = torch.full((64, 512), 1.0), torch.full((5, 512), 1.0)
    torch.testing.assert_close(multiply(x, make("int8", weight, torch.zeros(64))), torch.full((5, 64), 512.0))


@pytest.mark.skipif(not has_vnni, reason="no VNNI")
def test_the_largest_sums_of_all_levels_fit_with_vnni() -> None:
    weight, x = torch.full((64, 512), 1.0), torch.full((5, 512), 1.0)
    torch.testing.assert_close(multiply(x, make("int8_vnni", weight, torch.zeros(64))), torch.full((5, 64), 512.0))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_a_module_names_can_be_made(form: str) -> None:
    assert make(form, numbers(64, 96), NONE).tile == 1


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(
        ValueError, match="form is int4; it must be plain, half, int8, int8_vnni, int8_bfloat16 or bfloat16"
    ):
        step_matrix(numbers(2, 2), NONE, "int4", 1)
