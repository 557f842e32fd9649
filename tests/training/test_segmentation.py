"""Laws of sampled segmentations: their text, their probabilities, their seed."""

import io
import math
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from training.segmentation import SegmentationSampler


def make_lines() -> list[str]:
    """Words of three letters' making: any part of one is a likely piece."""
    draw = random.Random(1)
    return [" ".join("".join(draw.choices("abc", k=draw.randint(1, 5))) for _ in range(6)) for _ in range(100)]


LINES = make_lines()


def train(byte_fallback: bool = True) -> bytes:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_writer=written,
        vocab_size=300 if byte_fallback else 44,
        byte_fallback=byte_fallback,
        character_coverage=1.0,
        hard_vocab_limit=False,
        normalization_rule_name="identity",
        minloglevel=2,
    )
    return written.getvalue()


@pytest.fixture(scope="module")
def processor() -> SentencePieceProcessor:
    return SentencePieceProcessor(model_proto=train())


def all_segmentations(text: str, processor: SentencePieceProcessor) -> list[list[int]]:
    """Every way to write `text`, which has a piece for each character."""
    if not text:
        return [[]]
    found = []
    for end in range(1, len(text) + 1):
        index = processor.piece_to_id(text[:end])
        if index != processor.unk_id():
            found += [[index, *rest] for rest in all_segmentations(text[end:], processor)]
    return found


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_each_segmentation_is_as_likely_as_the_model_says(processor: SentencePieceProcessor, alpha: float) -> None:
    candidates = all_segmentations("▁abcab", processor)
    weights = [math.exp(alpha * sum(map(processor.get_score, ids))) for ids in candidates]
    sampler, draw, number = SegmentationSampler(processor, alpha), random.Random(7), 20_000
    counts = Counter(tuple(sampler.sample("abcab", draw)) for _ in range(number))
    assert len(candidates) > 10
    assert counts.keys() <= {tuple(ids) for ids in candidates}
    for ids, weight in zip(candidates, weights, strict=True):
        expected = weight / sum(weights)
        tolerance = 5 * math.sqrt(expected / number) + 1e-3
        assert counts[tuple(ids)] / number == pytest.approx(expected, abs=tolerance)


@given(st.text("aaabbbccc é你", max_size=30), st.integers(0, 99))
def test_a_sample_reads_as_its_text(text: str, seed: int) -> None:
    processor = SentencePieceProcessor(model_proto=MODEL)
    ids = SegmentationSampler(processor, 0.1).sample(text, random.Random(seed))
    assert processor.decode(ids) == processor.decode(processor.encode(text))


def test_a_large_alpha_gives_the_best_segmentation(processor: SentencePieceProcessor) -> None:
    sampler = SegmentationSampler(processor, 1e6)
    for line in [*LINES[:3], "", "zoë ab", "你 ab 好"]:
        assert sampler.sample(line, random.Random(1)) == processor.encode(line)


def test_without_bytes_an_unknown_character_is_unknown() -> None:
    processor = SentencePieceProcessor(model_proto=train(byte_fallback=False))
    sampler = SegmentationSampler(processor, 1e6)
    assert sampler.sample("你", random.Random(1)) == processor.encode("你")


def test_another_process_draws_the_same(processor: SentencePieceProcessor, tmp_path: Path) -> None:
    sampler, draw = SegmentationSampler(processor, 0.1), random.Random(3)
    mine = [sampler.sample(line, draw) for line in LINES]
    (tmp_path / "m.spm").write_bytes(processor.serialized_model_proto())
    program = (
        "import random, sys; from sentencepiece import SentencePieceProcessor as P;"
        "from training.segmentation import SegmentationSampler as S;"
        "from tests.training.test_segmentation import LINES;"
        "s, d = S(P(model_file=sys.argv[1]), 0.1), random.Random(3); print([s.sample(x, d) for x in LINES])"
    )
    root = Path(__file__).parents[2]
    theirs = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "m.spm")], cwd=root, capture_output=True, text=True, check=True
    )
    assert theirs.stdout.strip() == str(mine)


MODEL = train()
