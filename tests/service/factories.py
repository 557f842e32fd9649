"""A small translator that is no network, and artifacts around it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from service.artifact import Artifact
from service.artifact_config import ArtifactConfig, Sample, SpecialIds, SubwordFacts, parse_config
from service.engine.segment import Segment

PAD, UNK, BOS, EOS = 0, 1, 2, 3
VOCAB_SIZE = 50
MAX_SOURCE, MAX_TARGET = 24, 32


class EchoState(NamedTuple):
    """The arena of an `EchoTranslator`."""

    ids: Tensor  # [capacity, max_source]
    lengths: Tensor  # [capacity]
    max_lengths: Tensor  # [capacity]
    steps: Tensor  # [capacity]
    num_rows: int
    beam_size: int


class EchoHypotheses(NamedTuple):
    """What an `EchoTranslator` has found: R rows, B hypotheses each."""

    tokens: Tensor  # [R, B, T]
    lengths: Tensor  # [R, B]
    log_probs: Tensor  # [R, B]
    scores: Tensor  # [R, B]
    attention: Tensor  # [R, B, T, S]


class EchoTranslator(nn.Module):
    """Has the verbs of a translator and answers, token by token, with its source backwards.

    The hypothesis of rank b lacks the first b tokens. Log-probabilities carry the parameter's precision.
    """

    def __init__(self) -> None:
        super().__init__()
        self.per_token = nn.Parameter(torch.tensor([-0.25]))
        self.pad_id, self.eos_id = PAD, EOS

    @torch.jit.export
    def open(
        self,
        capacity: int,
        beam_size: int,
        max_source: int,
        max_target: int,
        length_penalty: float,
        coverage_penalty: float,
    ) -> EchoState:
        assert min(capacity, beam_size, max_source, max_target) > 0
        return EchoState(
            ids=torch.zeros([capacity, max_source], dtype=torch.int64),
            lengths=torch.ones([capacity], dtype=torch.int64),
            max_lengths=torch.ones([capacity], dtype=torch.int64),
            steps=torch.zeros([capacity], dtype=torch.int64),
            num_rows=0,
            beam_size=beam_size,
        )

    @torch.jit.export
    def admit(
        self, state: EchoState, src_ids: Tensor, src_lengths: Tensor, max_lengths: Tensor, num_best: Tensor
    ) -> EchoState:
        start = state.num_rows
        end = start + src_ids.size(0)
        assert end <= state.ids.size(0), "no free row"
        state.ids[start:end] = self.pad_id
        state.ids[start:end, : src_ids.size(1)] = src_ids
        state.lengths[start:end] = src_lengths
        state.max_lengths[start:end] = max_lengths
        state.steps[start:end] = 0
        return with_rows(state, end)

    @torch.jit.export
    def step(self, state: EchoState, num_steps: int) -> EchoState:
        state.steps[: state.num_rows].add_(num_steps)
        return state

    @torch.jit.export
    def finished(self, state: EchoState) -> Tensor:
        n = state.num_rows
        return state.steps[:n] >= torch.minimum(state.lengths[:n], state.max_lengths[:n])

    @torch.jit.export
    def best(self, state: EchoState, rows: Tensor, num_best: int) -> EchoHypotheses:
        R, B, T = rows.size(0), min(num_best, state.beam_size), int(state.max_lengths.max())
        tokens = torch.full([R, B, T], self.pad_id, dtype=torch.int64)
        lengths = torch.zeros([R, B], dtype=torch.int64)
        attention = torch.zeros([R, B, T, state.ids.size(1)])
        for r in range(R):
            source = state.ids[rows[r], : int(state.lengths[rows[r]])]
            for b in range(B):
                answer = torch.cat([source[:-1].flip(0)[b:], torch.full([1], self.eos_id)])
                limit = int(state.max_lengths[rows[r]])
                length = min(answer.size(0), limit)
                if b < source.size(0):
                    tokens[r, b, :length] = answer[:length]
                    tokens[r, b, length - 1] = self.eos_id
                    lengths[r, b] = length
                    attention[r, b, :length, 0] = 1.0
        log_probs = lengths * self.per_token
        scores = log_probs - torch.arange(B)
        return EchoHypotheses(tokens=tokens, lengths=lengths, log_probs=log_probs, scores=scores, attention=attention)

    @torch.jit.export
    def release(self, state: EchoState, rows: Tensor) -> EchoState:
        kept = torch.ones([state.num_rows], dtype=torch.bool)
        kept[rows] = False
        end = int(kept.sum())
        holes = (~kept[:end]).nonzero().squeeze(1)
        movers = kept[end:].nonzero().squeeze(1) + end
        for tensor in [state.ids, state.lengths, state.max_lengths, state.steps]:
            tensor[holes] = tensor[movers]
        return with_rows(state, end)

    def forward(self, state: EchoState) -> EchoState:
        return self.step(state, 1)


def with_rows(state: EchoState, num_rows: int) -> EchoState:
    """The same arena with `num_rows` in use."""
    return EchoState(
        ids=state.ids,
        lengths=state.lengths,
        max_lengths=state.max_lengths,
        steps=state.steps,
        num_rows=num_rows,
        beam_size=state.beam_size,
    )


class Interposed(nn.Module):
    """A translator that lets `before` see each verb first: to fail, to wait, to count."""

    def __init__(self, inner: nn.Module, before: Callable[[str], None]) -> None:
        super().__init__()
        self.inner = inner
        self.before = before

    def __getattr__(self, name: str) -> Any:
        if name not in ("open", "admit", "step", "finished", "best", "release"):
            return super().__getattr__(name)

        def verb(*arguments: Any) -> Any:
            self.before(name)
            return getattr(self.inner, name)(*arguments)

        return verb


def echo(ids: Sequence[int], max_length: int = MAX_TARGET, rank: int = 0) -> tuple[int, ...]:
    """The answer of that rank of an `EchoTranslator` to `ids`."""
    return (*tuple(reversed(ids[:-1]))[rank:][: max_length - 1], EOS)


def make_segment(*ids: int, **changes: Any) -> Segment:
    """A segment of pieces `ids` and the end token, for greedy search with an `EchoTranslator`."""
    fields: dict[str, Any] = {"artifact": "echo", "beam_size": 1, "ids": (*ids, EOS), "max_length": MAX_TARGET}
    return Segment(**{**fields, **changes})


def make_sample(*ids: int) -> Sample:
    """What an `EchoTranslator` makes of pieces `ids`."""
    target_ids = echo((*ids, EOS))
    score = -0.25 * len(target_ids)
    return Sample("en", "de", "a source", (*ids, EOS), target_ids, score, score, "a target")


def config_content(**changes: Any) -> dict[str, Any]:
    """The content of a `config.json` for an `EchoTranslator`, with some keys changed."""
    return {
        "format_version": 1,
        "name": "echo",
        "version": "1",
        "created": "2026-01-01T00:00:00Z",
        "commit": "0000000",
        "dragoman_version": "0.1.0",
        "torch_version": "2.13.0",
        "pairs": [{"source": "en", "target": "de", "tag": None}],
        "subword": {"source": "subword.spm", "target": "subword.spm"},
        "vocabulary": {"source_size": VOCAB_SIZE, "target_size": VOCAB_SIZE},
        "special_ids": {"pad": PAD, "unk": UNK, "bos": BOS, "eos": EOS},
        "limits": {"max_source_tokens": MAX_SOURCE, "max_target_tokens": MAX_TARGET},
        "search": {
            "beam_size": 3,
            "length_penalty": 1.0,
            "coverage_penalty": 0.0,
            "max_length_factor": 2.0,
            "max_length_offset": 10,
        },
        "stored_precision": "float16",
        "model": {},
        "data": {},
        "scores": [],
        **changes,
    }


def make_config(**changes: Any) -> ArtifactConfig:
    """The same, parsed."""
    return parse_config(config_content(**changes), "config.json")


def make_artifact(module: nn.Module | None = None, samples: Sequence[Sample] | None = None, **changes: Any) -> Artifact:
    """An artifact in memory; `changes` are keys of its configuration."""
    return Artifact(
        path=Path("echo"),
        config=make_config(**changes),
        hash="sha256:echo",
        module=EchoTranslator() if module is None else module,
        samples=(make_sample(11, 12, 13),) if samples is None else tuple(samples),
    )


def write_artifact(
    directory: Path, module: torch.jit.ScriptModule, samples: Sequence[dict[str, Any]], **changes: Any
) -> None:
    """Write an artifact's directory; `changes` are keys of its configuration."""
    directory.mkdir(parents=True, exist_ok=True)
    torch.jit.save(module, str(directory / "model.ts"))
    (directory / "subword.spm").write_bytes(b"pieces")
    (directory / "config.json").write_text(json.dumps(config_content(**changes)))
    (directory / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    (directory / "MODEL_CARD.md").write_text("# echo\n")
    write_sums(directory)


def write_sums(directory: Path) -> None:
    """Write SHA256SUMS over the files that are there."""
    names = sorted(path.name for path in directory.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (directory / "SHA256SUMS").write_text("".join(lines))


def describe_subword(path: Path) -> SubwordFacts:
    """What a subword model that fits would say."""
    return SubwordFacts(size=VOCAB_SIZE, special_ids=SpecialIds(PAD, UNK, BOS, EOS))


class Clock:
    """A clock that goes when told, and by `tick_s` whenever it is read."""

    def __init__(self, now: float = 1000.0, tick_s: float = 0.0) -> None:
        self.now = now
        self.tick_s = tick_s

    def __call__(self) -> float:
        self.now += self.tick_s
        return self.now


class Inbox:
    """A receiver that remembers, in order, what it got."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[int, Any]] = []

    def __call__(self, index: int, outcome: Any) -> None:
        self.arrivals.append((index, outcome))

    @property
    def outcomes(self) -> dict[int, Any]:
        return dict(self.arrivals)
