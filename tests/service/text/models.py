"""Tiny subword models for the tests of text handling."""

import functools
import io
from pathlib import Path

from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from service.text.subword import Subword

DATA = Path(__file__).parents[2] / "data"
SENTENCES = tuple(
    """
The quick brown fox jumps over the lazy dog. How are you today? I have 17 apples and Tom has 38 pears!
She sells sea shells by the sea shore; the shells she sells are surely sea shells. NO ENTRY FOR DOGS.
Der schnelle braune Fuchs springt über den faulen Hund. Wie geht es dir heute? Ich wohne in Boston.
Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, aber Maria und John sehen nicht zu.
Où est la bibliothèque ? Ça va bien, merci. Le cœur a ses raisons que la raison ne connaît point.
¿Dónde está el baño? ¡Qué sorpresa! El niño mañana comerá piñas en Australia con Peter y Anna.
""".strip().splitlines()
)


@functools.cache
def subword(normalization: str = "nmt_nfkc") -> Subword:
    """A unigram model with byte fallback and the tags <2de> and <2en>; `normalization` as SentencePiece names it."""
    return Subword(SentencePieceProcessor(model_proto=_train(normalization)))


def write_subword(path: Path) -> Path:
    """The same as a file."""
    path.write_bytes(_train("nmt_nfkc"))
    return path


@functools.cache
def everyday_subword() -> Subword:
    """A model of the everyday sentences, which it knows by their words."""
    lines = [
        line for language in ("en", "de") for line in (DATA / f"everyday.{language}").read_text("utf-8").splitlines()
    ]
    return Subword(SentencePieceProcessor(model_proto=_train("nmt_nfkc", tuple(lines), 2000)))


@functools.cache
def _train(normalization: str, sentences: tuple[str, ...] = SENTENCES, size: int = 400) -> bytes:
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="unigram",
        vocab_size=size,
        byte_fallback=True,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        user_defined_symbols=["<2de>", "<2en>"],
        normalization_rule_name=normalization,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()
