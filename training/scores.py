"""Scores with the signatures that make them comparable: sacreBLEU on detokenised, cased text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

NUM_RESAMPLES = 1000
LONGEST_OF_BUCKETS = (5, 10, 15, 20, 30, 50)  # source words; one more bucket holds what is longer

METRICS: dict[str, Callable[[], Metric]] = {
    "bleu": BLEU,
    "bleu-lc": lambda: BLEU(lowercase=True),
    "chrf2": CHRF,
    "chrf++": lambda: CHRF(word_order=2),
    "ter": TER,
}
LOWER_IS_BETTER = frozenset({"ter"})


@dataclass(frozen=True)
class Score:
    """A figure with what is needed to reproduce it."""

    metric: str
    score: float
    signature: str


@dataclass(frozen=True)
class Interval:
    """Where 95 % of the bootstrap resamples lie: `mean` plus and minus `half_width`."""

    mean: float
    half_width: float
    signature: str


class Lengths(NamedTuple):
    """BLEU's view of length: the penalty hides output that is too long, the ratio does not."""

    brevity_penalty: float
    length_ratio: float  # tokens of the hypotheses to tokens of the references


@dataclass(frozen=True)
class Bucket:
    """BLEU over the segments whose source has from `min_words` to `max_words` words; None: any number above."""

    min_words: int
    max_words: int | None
    num_segments: int
    bleu: float


def score_all(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Score, ...]:
    """Every metric over one corpus."""
    return tuple(score(metric, hypotheses, references) for metric in METRICS)


def score(metric: str, hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """One metric over one corpus."""
    scorer = METRICS[metric]()
    value = float(scorer.corpus_score(hypotheses, [references]).score)
    return Score(metric, value, str(scorer.get_signature()))


def bleu_interval(hypotheses: Sequence[str], references: Sequence[str]) -> Interval:
    """The 95 % bootstrap interval of BLEU."""
    scorer = BLEU()
    found = scorer.corpus_score(hypotheses, [references], n_bootstrap=NUM_RESAMPLES)
    return Interval(float(found._mean), float(found._ci), str(scorer.get_signature()))


def lengths(hypotheses: Sequence[str], references: Sequence[str]) -> Lengths:
    """How long the hypotheses are, compared with the references."""
    found = BLEU().corpus_score(hypotheses, [references])
    return Lengths(float(found.bp), float(found.ratio))


def bleu_by_length(sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Bucket, ...]:
    """BLEU by the length of the source; an empty source is in no bucket, and a bucket without segments is left out."""
    buckets = []
    for low, high in zip((0, *LONGEST_OF_BUCKETS), (*LONGEST_OF_BUCKETS, None), strict=True):
        inside = [i for i, text in enumerate(sources) if low < _num_words(text) <= (high or _num_words(text))]
        if inside:
            texts = [hypotheses[i] for i in inside], [references[i] for i in inside]
            buckets.append(Bucket(low + 1, high, len(inside), score("bleu", *texts).score))
    return tuple(buckets)


def _num_words(text: str) -> int:
    return len(text.split())
