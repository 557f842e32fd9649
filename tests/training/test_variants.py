"""Laws of the networks that only the laboratory knows."""

import itertools
import random

import pytest
import torch

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from model.states import Memory
from model.variant_config import VariantConfig
from model.variant_decoder import VariantDecoder
from model.variants import VariantSeq2Seq
from training.beam import beam_search
from training.config import SearchConfig
from training.dataset import Example, make_batch
from training.laboratory_run import VariantPredictor

CONFIG = ModelConfig(20, 8, 6, 2, 8, 3, 2, 0.0, 0.0, 0.0)
FORMS = [
    VariantConfig(cell, directions, attention, decoder)  # type: ignore[arg-type]  # products have no literals
    for (cell, directions, attention), decoder in itertools.product(
        [("rnn", 2, True), ("gru", 1, False), ("lstm", 2, True), ("lstm", 1, False)],
        ["gnmt", "input_feeding", "conditional"],
    )
]
SERVED_NAMES = {
    "encoder.layers.{i}.forward_lstm.": "encoder.forwards.{i}.rnn.",
    "encoder.layers.{i}.backward_lstm.": "encoder.backwards.{i}.rnn.",
    "encoder.layers.{i}.norm.": "encoder.norms.{i}.",
    "decoder.bottom.": "decoder.layers.0.rnn.",
    "decoder.bottom_norm.": "decoder.norms.0.",
    "decoder.upper.{i}.": "decoder.layers.{j}.rnn.",
    "decoder.upper_norm.{i}.": "decoder.norms.{j}.",
}


def make_variant(variant: VariantConfig, config: ModelConfig = CONFIG, seed: int = 1) -> VariantSeq2Seq:
    torch.manual_seed(seed)
    return VariantSeq2Seq(config, variant).double().eval()


def decoder_of(network: VariantSeq2Seq) -> VariantDecoder:
    decoder: object = network.decoder
    assert isinstance(decoder, VariantDecoder)
    return decoder


def make_examples(number: int = 5) -> list[Example]:
    draw = random.Random(3)
    return [Example(*([*draw.choices(range(4, 20), k=draw.randint(1, 6)), 3] for _ in range(2))) for _ in range(number)]


def served_name(name: str) -> str:
    """The variant's name of a served network's parameter."""
    for i, (old, new) in itertools.product(range(2), SERVED_NAMES.items()):
        prefix = old.format(i=i)
        if name.startswith(prefix):
            return new.format(i=i, j=i + 1) + name.removeprefix(prefix)
    return name


def test_the_variant_without_a_change_is_the_served_network() -> None:
    torch.manual_seed(1)
    served = Seq2Seq(CONFIG).double().eval()
    variant = make_variant(VariantConfig(), seed=2)
    variant.load_state_dict({served_name(name): tensor for name, tensor in served.state_dict().items()})
    batch = make_batch(make_examples())
    logits = [network(batch.src_ids, batch.src_lengths, batch.tgt_in) for network in (served, variant)]
    torch.testing.assert_close(logits[0], logits[1])
    assert sum(p.numel() for p in served.parameters()) == sum(p.numel() for p in variant.parameters())


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_steps_say_what_training_says(form: VariantConfig) -> None:
    """Token by token, with one hypothesis or with three equal ones beside each other."""
    network, batch = make_variant(form), make_batch(make_examples())
    expected = network(batch.src_ids, batch.src_lengths, batch.tgt_in)  # [N, T, V]
    memory, state = network.encode(batch.src_ids, batch.src_lengths)
    states = [each.unsqueeze(1).expand(-1, 3, -1) for each in state.hidden]
    for t in range(batch.tgt_in.size(1)):
        tokens = batch.tgt_in[:, t : t + 1].expand(-1, 3)
        logits, attention, states = decoder_of(network).step(tokens, memory, states)
        torch.testing.assert_close(logits, expected[:, t : t + 1].expand(-1, 3, -1))
        torch.testing.assert_close(attention.sum(dim=2), torch.ones(5, 3, dtype=torch.float64))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_company_changes_nothing(form: VariantConfig) -> None:
    network, examples = make_variant(form), make_examples()
    together = make_batch(examples)
    logits = network(together.src_ids, together.src_lengths, together.tgt_in)
    for i, example in enumerate(examples):
        alone = make_batch([example])
        found = network(alone.src_ids, alone.src_lengths, alone.tgt_in)[0]
        torch.testing.assert_close(found, logits[i, : found.size(0)])


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_trained_parameter_has_a_gradient(form: VariantConfig) -> None:
    network, batch = make_variant(form).train(), make_batch(make_examples())
    network(batch.src_ids, batch.src_lengths, batch.tgt_in).log_softmax(dim=-1)[..., 5].sum().backward()
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    assert [name for name, p in trained.items() if p.grad is None or not p.grad.any()] == []


def test_one_direction_reads_only_what_came_before() -> None:
    ids = torch.tensor([[4, 5, 6, 3]])
    changed, lengths = ids.clone(), torch.tensor([4])
    changed[0, 2] = 9
    for directions, is_same in ((1, True), (2, False)):
        network = make_variant(VariantConfig(directions=directions))  # type: ignore[arg-type]
        first, second = (network.encode(each, lengths)[0].values[:, :, :2] for each in (ids, changed))
        assert torch.equal(first, second) is is_same


def test_without_attention_each_real_position_weighs_the_same() -> None:
    network, batch = make_variant(VariantConfig(attention=False)), make_batch(make_examples())
    memory, state = network.encode(batch.src_ids, batch.src_lengths)
    assert isinstance(memory, Memory)
    states = [each.unsqueeze(1) for each in state.hidden]
    _, attention, _ = decoder_of(network).step(batch.tgt_in[:, :1], memory, states)
    for row, length in zip(attention[:, 0], batch.src_lengths.tolist(), strict=True):
        assert row[:length].tolist() == pytest.approx([1 / length] * length)
        assert not row[length:].any()


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
def test_the_score_of_a_search_is_the_probability_that_training_gives(form: VariantConfig) -> None:
    network, sources = make_variant(form), [example.src for example in make_examples()]
    search = SearchConfig(beam_size=3, length_penalty=0.0)
    for source, (best,) in zip(sources, beam_search(VariantPredictor(network), sources, search), strict=True):
        batch = make_batch([Example(source, best.ids)])
        log_probs = network(batch.src_ids, batch.src_lengths, batch.tgt_in).log_softmax(dim=-1)
        total = log_probs.gather(2, batch.tgt_out.unsqueeze(2)).sum().item()
        assert best.log_prob == best.score == pytest.approx(total)


def test_dropout_is_one_mask_a_sentence_over_all_times() -> None:
    config = ModelConfig(20, 8, 6, 1, 8, 2, 2, 0.0, 0.5, 0.0)
    decoder = decoder_of(make_variant(VariantConfig(decoder="input_feeding"), config).train())
    masks = decoder._masks(torch.zeros(4, 9, 8, dtype=torch.float64))
    assert masks.shape == (3, 4, 1, 8)
    assert set(masks.unique().tolist()) == {0.0, 2.0}
    assert not torch.equal(masks[0], masks[1])
