"""Each way to spoil an artifact has an error of its own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from service.artifact import (
    ArtifactError,
    HashMismatch,
    MalformedConfig,
    MissingFile,
    MissingVerb,
    SamplesNotReproduced,
    SpecialIdsMismatch,
    UnknownFormat,
    VocabularyMismatch,
    load,
)
from service.artifact_config import Pair, SpecialIds, SubwordFacts
from service.engine.rehearsal import self_check
from tests.service.factories import (
    EchoTranslator,
    config_content,
    describe_subword,
    make_artifact,
    make_config,
    make_sample,
    write_artifact,
    write_sums,
)


class Mute(torch.nn.Module):
    """No translator: it has one verb."""

    @torch.jit.export
    def step(self, state: int, num_steps: int) -> int:
        return state + num_steps

    def forward(self, x: int) -> int:
        return x


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("artifact") / "echo"
    samples = [vars(make_sample(7, 8)), vars(make_sample(*range(5, 25)))]
    write_artifact(directory, torch.jit.script(EchoTranslator().half()), samples)
    return directory


@pytest.fixture
def directory(written: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(written, tmp_path / "echo"))


def change_config(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads((directory / "config.json").read_text())
    change(content)
    (directory / "config.json").write_text(json.dumps(content))
    write_sums(directory)


def test_a_sound_artifact_loads_and_reproduces_its_samples(directory: Path) -> None:
    artifact = load(directory, describe_subword)
    assert artifact.name == "echo"
    assert artifact.source_subword == artifact.target_subword == directory / "subword.spm"
    assert [sample.source_ids for sample in artifact.samples] == [(7, 8, 3), (*range(5, 25), 3)]
    self_check(artifact)


def test_weights_are_float32_and_in_eval_mode_however_they_are_stored(directory: Path) -> None:
    assert {p.dtype for p in torch.jit.load(str(directory / "model.ts")).parameters()} == {torch.float16}
    module = load(directory, describe_subword).module
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert not module.training


def test_the_hash_names_the_content(directory: Path) -> None:
    first = load(directory, describe_subword).hash
    assert first == load(directory, describe_subword).hash
    assert first.startswith("sha256:")
    (directory / "MODEL_CARD.md").write_text("# another\n")
    write_sums(directory)
    assert load(directory, describe_subword).hash != first


@pytest.mark.parametrize(
    "name", ["model.ts", "config.json", "samples.jsonl", "SHA256SUMS", "subword.spm", "MODEL_CARD.md"]
)
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(MissingFile, match=f"has no file {name}"):
        load(directory, describe_subword)


@pytest.mark.parametrize("name", ["model.ts", "config.json", "samples.jsonl", "subword.spm", "MODEL_CARD.md"])
def test_a_changed_file_is_named(directory: Path, name: str) -> None:
    with (directory / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(HashMismatch, match=f"{name} has sha256 .*; SHA256SUMS says"):
        load(directory, describe_subword)


@pytest.mark.parametrize("name", ["model.ts", "config.json", "samples.jsonl", "subword.spm"])
def test_a_file_without_a_hash_is_not_trusted(directory: Path, name: str) -> None:
    lines = (directory / "SHA256SUMS").read_text().splitlines(keepends=True)
    (directory / "SHA256SUMS").write_text("".join(line for line in lines if name not in line))
    with pytest.raises(HashMismatch, match=f"{name} is not listed"):
        load(directory, describe_subword)


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64}  ../outside", f"{'0' * 64} one-space"])
def test_a_malformed_sum_is_refused(directory: Path, line: str) -> None:
    with (directory / "SHA256SUMS").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(MalformedConfig, match="malformed line"):
        load(directory, describe_subword)


@pytest.mark.parametrize("version", [2, 0, "1", None])
def test_an_unknown_format_is_refused_before_anything_else_of_it_is_read(directory: Path, version: object) -> None:
    def change(content: dict[str, Any]) -> None:
        content.clear()
        content.update(format_version=version, future="keys")

    change_config(directory, change)
    with pytest.raises(UnknownFormat, match="this program reads 1"):
        load(directory, describe_subword)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(extra=1), "config.json: unknown key 'extra'"),
        (lambda c: c["limits"].update(extra=1), "config.json: limits: unknown key 'extra'"),
        (lambda c: c["search"].pop("beam_size"), "config.json: search: missing key 'beam_size'"),
        (lambda c: c.update(name=7), "config.json: name: expected str, found int"),
        (lambda c: c["limits"].update(max_source_tokens=True), "max_source_tokens: expected int, found bool"),
        (lambda c: c["limits"].update(max_source_tokens=1.5), "max_source_tokens: expected int, found float"),
        (lambda c: c["pairs"].append("en-de"), r"pairs\[1\]: expected an object, found str"),
        (lambda c: c.update(pairs={}), "pairs: expected tuple, found dict"),
    ],
)
def test_a_malformed_configuration_is_refused_by_key(directory: Path, change: Any, message: str) -> None:
    change_config(directory, change)
    with pytest.raises(MalformedConfig, match=message):
        load(directory, describe_subword)


@pytest.mark.parametrize("name", ["config.json", "samples.jsonl"])
def test_what_is_not_json_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_text("{")
    with pytest.raises(MalformedConfig, match=rf"{name}.*: not JSON"):
        load(directory, describe_subword)


def test_vocabularies_must_agree(directory: Path) -> None:
    with pytest.raises(VocabularyMismatch, match="has 49 pieces; the network's vocabulary has 50"):
        load(directory, lambda path: replace(describe_subword(path), size=49))


def test_special_ids_must_agree(directory: Path) -> None:
    with pytest.raises(SpecialIdsMismatch):
        load(directory, lambda path: SubwordFacts(50, SpecialIds(pad=0, unk=1, bos=3, eos=2)))


def test_a_module_without_the_verbs_is_no_translator(directory: Path) -> None:
    torch.jit.save(torch.jit.script(Mute()), str(directory / "model.ts"))
    write_sums(directory)
    with pytest.raises(MissingVerb, match="has no verb 'open'"):
        load(directory, describe_subword)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target_ids": (8, 7, 7, 3)}, "gives ids"),
        ({"score": -0.9}, "gives score -0.75; expected -0.9"),
        ({"log_prob": -0.9}, "gives log_prob -0.75; expected -0.9"),
    ],
)
def test_samples_that_do_not_reproduce_are_refused(changes: dict[str, Any], message: str) -> None:
    sample = replace(make_sample(7, 8), **changes)
    with pytest.raises(SamplesNotReproduced, match=message):
        self_check(make_artifact(samples=[make_sample(9), sample]))


def test_a_difference_in_the_last_digits_is_no_difference() -> None:
    sample = make_sample(7, 8)
    self_check(make_artifact(samples=[replace(sample, score=sample.score + 1e-5)]))


def test_more_samples_than_rows_are_all_reproduced() -> None:
    self_check(make_artifact(samples=[make_sample(4 + i % 40) for i in range(100)]))


def test_every_error_is_an_artifact_error() -> None:
    assert len(ArtifactError.__subclasses__()) == 8


def test_a_target_may_be_so_much_longer_than_its_source() -> None:
    config = make_config(limits={"max_source_tokens": 200, "max_target_tokens": 256})
    assert [config.max_length(n) for n in (1, 5, 123, 200)] == [12, 20, 256, 256]
    odd = make_config(search={**config_content()["search"], "max_length_factor": 1.5})
    assert odd.max_length(3) == 15


def test_pairs_are_found_by_their_languages() -> None:
    config = make_config(pairs=[{"source": "en", "target": "de", "tag": "<2de>"}])
    assert config.pair("en", "de") == Pair("en", "de", "<2de>")
    assert config.pair("de", "en") is None
