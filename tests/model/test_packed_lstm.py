"""A packed layer computes what `nn.LSTM` does: in float32 to the last bit, in bfloat16 as near as that is."""

import pytest
import torch

from model.encoder import Encoder
from model.layers import lstm_layer
from model.packed_lstm import pack_lstm, run_lstm
from model.search import Translator
from tests.model.factories import make_config, make_network
from tests.model.test_matrix import WIDE

NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
capabilities = torch.cpu.get_capabilities()
has_bfloat16 = pytest.mark.skipif(
    capabilities.get("avx512_bf16") is not True or capabilities.get("amx_bf16") is True,
    reason="this processor does not multiply bfloat16, or with kernels that this has not been tried with",
)
HALF_ENCODER = pytest.param("int8_bfloat16", marks=[*WIDE.marks, has_bfloat16])


@pytest.mark.parametrize("num_rows", [1, 2, 7, 16, 33])
@pytest.mark.parametrize("length", [1, 5, 40])
def test_a_packed_layer_is_the_layer(num_rows: int, length: int) -> None:
    torch.manual_seed(num_rows)
    lstm, x = lstm_layer(24, 16), torch.randn(num_rows, length, 24)
    parameters = dict(lstm.named_parameters())
    torch.nn.init.normal_(parameters["bias_hh_l0"])  # both biases count
    with torch.inference_mode():
        packed = pack_lstm([parameters[name] for name in NAMES], is_bfloat16=False)
        found = run_lstm(x.transpose(0, 1).contiguous(), packed)
        assert torch.equal(found.transpose(0, 1), lstm(x)[0])


@has_bfloat16
def test_in_bfloat16_it_is_near_and_no_sentence_depends_on_others() -> None:
    torch.manual_seed(0)
    lstm, x = lstm_layer(64, 48), torch.randn(24, 33, 64)  # [S, N, I]
    parameters = dict(lstm.named_parameters())
    with torch.inference_mode():
        packed = pack_lstm([parameters[name] for name in NAMES], is_bfloat16=True)
        half = x.to(torch.bfloat16)
        together = run_lstm(half, packed)
        assert together.dtype == torch.bfloat16
        assert 0.0 < float((together.transpose(0, 1) - lstm(x.transpose(0, 1))[0]).abs().max()) < 2e-2
        for num_rows in (1, 2, 7, 16):
            assert torch.equal(run_lstm(half[:, :num_rows].contiguous(), packed), together[:, :num_rows])
        assert torch.equal(run_lstm(half[:8], packed), together[:8])  # nor on what follows


def test_a_packed_encoder_is_the_encoder() -> None:
    config = make_config(encoder_layers=3)
    encoder = Encoder(config).eval()
    embedded, lengths = torch.randn(4, 9, config.embedding_size), torch.tensor([9, 7, 2, 1])
    with torch.inference_mode():
        packed = encoder.packed(is_bfloat16=False)
        assert torch.equal(encoder(embedded, lengths, packed), encoder(embedded, lengths))


@pytest.mark.parametrize(
    ("form", "layers", "num_projections"),
    [
        ("plain", None, 0),
        ("half", torch.float32, 0),
        ("int8", torch.float32, 0),
        ("int8_vnni", torch.float32, 2),
        pytest.param("int8_bfloat16", torch.bfloat16, 2, marks=HALF_ENCODER.marks),
        ("bfloat16", None, 0),
    ],
)
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor, torch.quantize_per_channel:UserWarning")
def test_the_encoder_is_packed_with_the_steps(form: str, layers: torch.dtype | None, num_projections: int) -> None:
    encoder = Translator(make_network().float()).prepare(form, 1).encoder
    assert (encoder is None) == (layers is None)
    if encoder is not None:
        assert {packed.input_bias.dtype for packed in encoder.layers} == {layers}
        assert len(encoder.projections) == num_projections


@pytest.mark.parametrize("form", ["half", "int8", WIDE, HALF_ENCODER])
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor, torch.quantize_per_channel:UserWarning")
def test_a_sentence_is_read_in_every_form_as_by_the_network_within_the_form(form: str) -> None:
    network = make_network(encoder_size=32, decoder_size=64).float().eval()
    for name, parameter in network.named_parameters():
        if "bias" in name:
            torch.nn.init.normal_(parameter)  # all of them count
    ids, lengths = torch.randint(4, network.embedding.num_embeddings, (5, 9)), torch.tensor([9, 7, 5, 2, 1])
    with torch.inference_mode():
        memory, state = network.encode(ids, lengths, network.encoder_weights(form))
        exact, exact_state = network.encode(ids, lengths)
    for found, expected in [
        (memory.keys, exact.keys),
        (memory.values, exact.values),
        *zip(state.hidden, exact_state.hidden, strict=True),
        *zip(state.cell, exact_state.cell, strict=True),
    ]:
        assert float((found - expected).norm() / expected.norm()) < (1e-6 if form in ("half", "int8") else 2e-2)


def test_an_encoder_in_float64_is_not_packed() -> None:
    assert Translator(make_network()).prepare("half", 1).encoder is None
