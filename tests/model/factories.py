"""Small networks and their reference searches, built per test."""

import itertools

import torch
from torch import Tensor

from model.config import ModelConfig
from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import Hypotheses, SearchState


def make_config(vocab_size: int = 11, **changes: int) -> ModelConfig:
    """A network of a few thousand parameters."""
    sizes = {"embedding_size": 8, "encoder_size": 6, "decoder_size": 8, "num_heads": 2, **changes}
    return ModelConfig(vocab_size=vocab_size, **sizes)


def make_network(seed: int = 0, sharpness: float = 3.0, vocab_size: int = 11, **changes: int) -> Seq2Seq:
    """A float64 network in eval mode; `sharpness` scales the output so that its choices are clear."""
    torch.manual_seed(seed)
    network = Seq2Seq(make_config(vocab_size, **changes)).double().eval()
    with torch.no_grad():
        network.decoder.readout_norm.weight.mul_(sharpness)
        network.decoder.output_bias.normal_()
    return network


def make_sources(lengths: list[int], seed: int = 0, vocab_size: int = 11) -> tuple[Tensor, Tensor]:
    """Random padded sources [N, S] and their lengths [N]; ids from 4 up, then the end token."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.zeros(len(lengths), max(lengths), dtype=torch.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[: length - 1] = torch.randint(4, vocab_size, (length - 1,), generator=generator)
        row[length - 1] = 3
    return ids, torch.tensor(lengths)


def open_search(
    translator: Translator, capacity: int, beam_size: int, length_penalty: float = 1.0, coverage_penalty: float = 0.0
) -> SearchState:
    """An arena for the short sources and targets of these tests."""
    return translator.open(capacity, beam_size, 16, 16, length_penalty, coverage_penalty)


def admit_rows(
    translator: Translator, state: SearchState, ids: Tensor, lengths: Tensor, max_length: int, num_best: int = 1
) -> SearchState:
    """Admit all rows with one maximum length and one number of results."""
    n = ids.size(0)
    return translator.admit(state, ids, lengths, torch.full((n,), max_length), torch.full((n,), num_best))


def search(
    network: Seq2Seq,
    ids: Tensor,
    lengths: Tensor,
    beam_size: int,
    max_length: int = 10,
    num_best: int = 1,
    length_penalty: float = 1.0,
    coverage_penalty: float = 0.0,
) -> Hypotheses:
    """Search all rows to their end in one arena."""
    translator = Translator(network)
    state = open_search(translator, ids.size(0), beam_size, length_penalty, coverage_penalty)
    state = admit_rows(translator, state, ids, lengths, max_length, num_best)
    state = translator.step(state, max_length)
    assert bool(translator.finished(state).all())
    return translator.best(state, torch.arange(ids.size(0)), num_best)


def forced_log_prob(network: Seq2Seq, ids: Tensor, tokens: list[int]) -> float:
    """Log-probability of `tokens` (end token included) given one source [S], by teacher forcing."""
    inputs = torch.tensor([[network.bos_id, *tokens[:-1]]])
    with torch.no_grad():
        logits = network(ids.unsqueeze(0), torch.tensor([ids.size(0)]), inputs)
    log_probs = logits.log_softmax(-1)[0]
    return float(log_probs.gather(1, torch.tensor(tokens).unsqueeze(1)).sum())


def every_translation(vocab_size: int, eos_id: int, max_length: int) -> list[list[int]]:
    """All sequences of tokens above the end token that end with it within `max_length`."""
    others = list(range(eos_id + 1, vocab_size))
    return [[*prefix, eos_id] for length in range(max_length) for prefix in itertools.product(others, repeat=length)]


def hypothesis_tokens(found: Hypotheses, row: int, rank: int = 0) -> list[int]:
    """The tokens of one hypothesis, end token included."""
    return found.tokens[row, rank, : int(found.lengths[row, rank])].tolist()
