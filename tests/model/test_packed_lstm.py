"""A packed layer computes what `nn.LSTM` does, to the last bit."""

import pytest
import torch

from model.encoder import Encoder
from model.layers import lstm_layer
from model.packed_lstm import pack_lstm, run_lstm
from model.search import Translator
from tests.model.factories import make_config, make_network


@pytest.mark.parametrize("num_rows", [1, 2, 7, 16, 33])
@pytest.mark.parametrize("length", [1, 5, 40])
def test_a_packed_layer_is_the_layer(num_rows: int, length: int) -> None:
    torch.manual_seed(num_rows)
    lstm, x = lstm_layer(24, 16), torch.randn(num_rows, length, 24)
    parameters = dict(lstm.named_parameters())
    torch.nn.init.normal_(parameters["bias_hh_l0"])  # both biases count
    with torch.inference_mode():
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        packed = pack_lstm(*(parameters[name] for name in names))
        assert torch.equal(run_lstm(x, packed), lstm(x)[0])
        turned = x.transpose(0, 1).contiguous().transpose(0, 1)  # the same numbers in another order of memory
        assert torch.equal(run_lstm(turned, packed), lstm(x)[0])


def test_a_packed_encoder_is_the_encoder() -> None:
    config = make_config(encoder_layers=3)
    encoder = Encoder(config).eval()
    embedded, lengths = torch.randn(4, 9, config.embedding_size), torch.tensor([9, 7, 2, 1])
    with torch.inference_mode():
        packed = encoder.packed()
        assert torch.equal(encoder(embedded, lengths, packed), encoder(embedded, lengths))


@pytest.mark.parametrize(
    ("form", "is_packed"), [("plain", False), ("half", True), ("int8", True), ("int8_vnni", True), ("bfloat16", False)]
)
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor, torch.quantize_per_channel:UserWarning")
def test_the_encoder_is_packed_with_the_steps(form: str, is_packed: bool) -> None:
    translator = Translator(make_network().float())
    assert (translator.prepare(form, 1).encoder is not None) == is_packed


def test_an_encoder_in_float64_is_not_packed() -> None:
    assert Translator(make_network()).prepare("half", 1).encoder is None
