"""Laws of translating for training: interruption changes nothing, and a distilled corpus is what its record says."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from tests.training.toy_run import run_training, toy_config, toy_data
from training import translate as module
from training.checkpoint import Checkpoint
from training.cli import app
from training.config import SearchConfig
from training.corpus import CorpusError, file_hash, read_lines
from training.dataset import Pair, PreparedData
from training.distil import choose, make_corpus
from training.export import export_artifact
from training.precision import multiplies_bf16
from training.strict import ConfigError
from training.translate import Hypothesis, Teacher, choose_pair, read_hypotheses, translate_file

SEARCH = SearchConfig(beam_size=3)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("translate")
    run_training(toy_config(root, epochs=1), toy_data(root), root / "run")
    return root


@pytest.fixture
def teacher(root: Path) -> Teacher:
    data = PreparedData.open(root / "data")
    return Teacher([root / "run" / "checkpoints" / "last.pt"], data, choose_pair(data, "num", "rev"), SEARCH)


def test_an_interrupted_translation_ends_as_an_unbroken_one(
    root: Path, teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 7)
    source, output = root / "train.num", tmp_path / "broken.jsonl"
    translate_file(teacher, source, tmp_path / "whole.jsonl", 2)
    calls = 0

    def breaking(first_line: int, texts: list[str], num_best: int) -> list[Hypothesis]:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise KeyboardInterrupt
        return list(teacher(first_line, texts, num_best))

    breaking.identity = teacher.identity  # type: ignore[attr-defined]
    for _ in range(50):
        try:
            translate_file(breaking, source, output, 2)  # type: ignore[arg-type]
            break
        except KeyboardInterrupt:
            with (tmp_path / "broken.jsonl.part").open("a") as part:
                part.write('{"line": 99, "te')  # what a kill leaves behind
    assert calls > 9
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert sorted(path.name for path in tmp_path.glob("broken*")) == ["broken.jsonl", "broken.jsonl.provenance.json"]


def test_each_line_has_its_translations_best_first(root: Path, teacher: Teacher, tmp_path: Path) -> None:
    source = tmp_path / "some.num"
    source.write_text("\n".join([*read_lines(root / "dev.num")[:3], "", " "]) + "\n")
    provenance = translate_file(teacher, source, tmp_path / "out.jsonl", 3)
    found = read_hypotheses(tmp_path / "out.jsonl")
    assert list(found) == [1, 2, 3, 4, 5]
    for each in found.values():
        assert [h.score for h in each] == sorted((h.score for h in each), reverse=True)
    assert [found[4][0].text, found[5][0].text] == ["", ""]
    assert provenance["source"] == file_hash(source)
    assert provenance["output"] == file_hash(tmp_path / "out.jsonl")


def test_a_part_of_another_translation_is_not_gone_on_with(root: Path, teacher: Teacher, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl.part").write_text("")
    (tmp_path / "out.jsonl.part.json").write_text("{}")
    with pytest.raises(CorpusError, match="another source, checkpoint, search or precision"):
        translate_file(teacher, root / "dev.num", tmp_path / "out.jsonl", 1)


def test_an_unknown_direction_is_named(root: Path) -> None:
    with pytest.raises(CorpusError, match="no direction num-de; there is num-rev"):
        choose_pair(PreparedData.open(root / "data"), "num", "de")


def test_the_hypothesis_nearest_to_the_reference_is_chosen() -> None:
    hypotheses = [Hypothesis(1, "ein Hund rennt weg", 2.0, -1.0), Hypothesis(1, "ein Hund läuft nach Haus", 1.0, -2.0)]
    assert choose(hypotheses, None) == ("ein Hund rennt weg", None)
    text, bleu = choose(hypotheses, "ein Hund läuft nach Haus")
    assert text == "ein Hund läuft nach Haus"
    assert bleu == pytest.approx(100)


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    texts = ["ein Hund läuft nach Haus", "", "x" * 90, "etwas ganz anderes steht hier"]
    found = {line: [Hypothesis(line, text, 0.0, 0.0)] for line, text in enumerate(texts, 1)}
    sources = ["a dog runs home today"] * 4
    pairs, dropped = make_corpus(sources, found, [texts[0]] * 4, 20.0, 3.0)
    assert pairs == [(sources[0], texts[0])]
    assert dropped == {"empty": 1, "length ratio": 1, "far from the reference": 1}
    assert len(make_corpus(sources, found, None, 20.0, 3.0)[0]) == 2


def test_the_commands_make_a_corpus_with_its_provenance(root: Path, tmp_path: Path) -> None:
    last, made, corpus = root / "run" / "checkpoints" / "last.pt", tmp_path / "made.jsonl", tmp_path / "corpus"
    languages = ["--source-language", "num", "--target-language", "rev"]
    source = ["--source", str(root / "dev.num")]
    files = ["--checkpoint", str(last), "--data", str(root / "data"), "--output", str(made), *source]
    result = CliRunner().invoke(app, ["translate", *files, *languages, "--num-best", "2"])
    assert result.exit_code == 0, result.output
    reference = ["--reference", str(root / "dev.rev")]
    result = CliRunner().invoke(
        app, ["distil", *source, "--hypotheses", str(made), *reference, "--output", str(corpus)]
    )
    assert result.exit_code == 0, result.output
    record = json.loads((corpus / "corpus.json").read_text())
    sources, targets = read_lines(corpus / "source.txt"), read_lines(corpus / "target.txt")
    assert len(sources) == len(targets) == record["num_pairs"]
    assert record["num_pairs"] + sum(record["dropped"].values()) == len(read_lines(root / "dev.num"))
    assert record["teacher"]["checkpoints"] == [file_hash(last)]
    assert record["outputs"]["target.txt"] == file_hash(corpus / "target.txt")


def command(root: Path, output: Path, *checkpoints: Path) -> list[str]:
    """`translate` over the dev sources, two best."""
    given = [option for path in checkpoints for option in ("--checkpoint", str(path))]
    languages = ["--source-language", "num", "--target-language", "rev", "--num-best", "2", "--precision", "fp32"]
    files = ["--data", str(root / "data"), "--source", str(root / "dev.num"), "--output", str(output)]
    return ["translate", *given, *languages, *files]


def test_an_ensemble_of_twice_the_same_translates_as_the_one(root: Path, tmp_path: Path) -> None:
    last, found = root / "run" / "checkpoints" / "last.pt", {}
    for number in (1, 2, 3):
        output = tmp_path / f"{number}.jsonl"
        result = CliRunner().invoke(app, command(root, output, *[last] * number))
        assert result.exit_code == 0, result.output
        found[number] = [each for line in read_hypotheses(output).values() for each in line]
        record = json.loads(Path(f"{output}.provenance.json").read_text())
        assert record["checkpoints"] == [file_hash(last)] * number
    for number in (2, 3):
        assert [(each.line, each.text) for each in found[number]] == [(each.line, each.text) for each in found[1]]
        scores = [each.score for each in found[1]]
        assert [each.score for each in found[number]] == pytest.approx(scores, rel=1e-4)


def test_a_checkpoint_of_another_vocabulary_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    last = root / "run" / "checkpoints" / "last.pt"
    foreign = tmp_path / "foreign.pt"
    dataclasses.replace(Checkpoint.load(last), fingerprint={"vocabulary": "0" * 64}).save(foreign)
    result = CliRunner().invoke(app, command(root, tmp_path / "out.jsonl", last, foreign))
    assert result.exit_code == 2
    assert f"--checkpoint {foreign}: its subword model is not that of" in result.output
    assert list(tmp_path.glob("out*")) == []


def test_an_artifact_translates_as_the_checkpoint_that_it_was_exported_from(root: Path, tmp_path: Path) -> None:
    last, data = root / "run" / "checkpoints" / "last.pt", PreparedData.open(root / "data")
    checkpoint, artifact = Checkpoint.load(last), tmp_path / "artifact"
    export_artifact(toy_config(root), checkpoint, data, artifact)
    rounded = tmp_path / "rounded.pt"  # as an artifact stores weights
    dataclasses.replace(checkpoint, ema={k: v.half().float() for k, v in checkpoint.ema.items()}).save(rounded)
    pair, texts = choose_pair(data, "num", "rev"), read_lines(root / "dev.num")
    first, second = (list(Teacher([path], data, pair, SEARCH)(1, texts, 2)) for path in (artifact, rounded))
    assert first == second


def test_an_ensemble_in_bf16_is_refused(root: Path, tmp_path: Path) -> None:
    last = root / "run" / "checkpoints" / "last.pt"
    with pytest.raises(ConfigError, match="--precision is bf16; an ensemble is searched in fp32"):
        Teacher([last, last], PreparedData.open(root / "data"), Pair("num", "rev", None), SEARCH, "bf16")


@pytest.mark.skipif(not multiplies_bf16(torch.device("cpu")), reason="no bf16")
def test_bf16_translates_nearly_as_fp32(root: Path) -> None:
    last, data = root / "run" / "checkpoints" / "last.pt", PreparedData.open(root / "data")
    pair, texts = choose_pair(data, "num", "rev"), read_lines(root / "dev.num")
    teachers = [Teacher([last], data, pair, SEARCH, precision) for precision in ("fp32", "bf16")]
    exact, rounded = (list(teacher(1, texts, 1)) for teacher in teachers)
    assert teachers[0].identity != teachers[1].identity
    assert [each.score for each in rounded] == pytest.approx([each.score for each in exact], rel=0.05)
