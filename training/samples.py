"""Samples of an artifact: sources with the translations that every loader must reproduce."""

import copy
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model.search import Translator
from model.seq2seq import Seq2Seq
from training.config import RunConfig, SearchConfig
from training.dataset import Pair, PreparedData
from training.validate import translate_ids

CANDIDATES_PER_SAMPLE = 4
TOLERANCE = 1e-4  # of float32 scores, eager and scripted, on one machine


class SampleError(Exception):
    """No sample can be made, or one is not reproduced."""


@dataclass(frozen=True)
class Sample:
    """A dev source and its translation; ids include tag and end token."""

    source_language: str
    target_language: str
    source: str
    source_ids: list[int]
    target_ids: list[int]
    score: float
    log_prob: float
    target: str


@dataclass(frozen=True)
class _Candidate:
    pair: Pair
    source: str
    ids: list[int]


def make_samples(network: Seq2Seq, data: PreparedData, config: RunConfig) -> list[Sample]:
    """Translate sources spread over the dev sets of all directions with the float32 `network`, as it will be served.

    Only those are taken whose translation float64 confirms: a near tie would be decided by another machine's rounding.

    Raises:
        SampleError: no source is left.
    """
    number = -(-config.export.num_samples // len(data.pairs))
    samples = [sample for index in range(len(data.pairs)) for sample in _of_pair(index, number, network, data, config)]
    if not samples:
        raise SampleError("no dev source is short enough, and translated alike in float32 and float64, to be a sample")
    return samples


def check_samples(translator: Translator, samples: Sequence[Sample], search: SearchConfig, max_target: int) -> None:
    """Reproduce `samples`.

    Raises:
        SampleError: a translation or its score differs.
    """
    found = translate_ids(translator, [sample.source_ids for sample in samples], search, max_target)
    for sample, (ids, log_prob, score) in zip(samples, found, strict=True):
        if ids != sample.target_ids:
            raise SampleError(f"{sample.source!r} gives {ids}; expected {sample.target_ids}")
        for value, expected in ((log_prob, sample.log_prob), (score, sample.score)):
            if not math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
                raise SampleError(f"{sample.source!r} scores {value}; expected {expected}")


def write_samples(path: Path, samples: Sequence[Sample]) -> None:
    """Write one JSON object a line."""
    lines = [json.dumps(asdict(sample), ensure_ascii=False, allow_nan=False) + "\n" for sample in samples]
    path.write_text("".join(lines), encoding="utf-8")


def read_samples(path: Path) -> list[Sample]:
    """Read what `write_samples` wrote."""
    return [Sample(**json.loads(line)) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _of_pair(index: int, number: int, network: Seq2Seq, data: PreparedData, config: RunConfig) -> Iterator[Sample]:
    """At most `number` samples of one direction."""
    candidates = _candidates(index, number * CANDIDATES_PER_SAMPLE, data, config.export.max_source_tokens)
    sources = [candidate.ids for candidate in candidates]
    single, double = (
        translate_ids(Translator(each), sources, config.search, config.export.max_target_tokens)
        for each in (network, copy.deepcopy(network).double())
    )
    agreed = [i for i in range(len(sources)) if single[i].ids == double[i].ids]
    for i in agreed[:number]:
        candidate, (ids, log_prob, score) = candidates[i], single[i]
        languages = candidate.pair.source, candidate.pair.target
        target = data.subword.decode(ids[:-1])
        yield Sample(*languages, candidate.source, candidate.ids, ids, score, log_prob, target)


def _candidates(index: int, number: int, data: PreparedData, max_source: int) -> list[_Candidate]:
    """Sources spread evenly over the dev set; the first and every fourth of them come first, then the others."""
    pair, texts = data.pairs[index], list(dict.fromkeys(data.dev(index)[0]))
    chosen = [texts[i * len(texts) // number] for i in range(number)] if len(texts) > number else texts
    spread = [text for start in range(CANDIDATES_PER_SAMPLE) for text in chosen[start::CANDIDATES_PER_SAMPLE]]
    candidates = [_Candidate(pair, text, data.subword.source_ids(text, pair.tag)) for text in spread if text]
    return [candidate for candidate in candidates if len(candidate.ids) <= max_source]
