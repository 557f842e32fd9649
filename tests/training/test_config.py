"""Laws of the configuration: it says what is wrong, where, and what was perhaps meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.toy_run import CONFIGS
from training.config import ModelSettings, RunConfig, TrainingConfig, load_config
from training.strict import ConfigError


def minimal() -> dict[str, Any]:
    files = {"source": "data/train.en", "target": "data/train.de"}
    dev = {"source": "data/dev.en", "target": "data/dev.de"}
    pair = {"source": "en", "target": "de", "train": [files], "dev": [dev]}
    return {"name": "tiny", "corpus": {"pairs": [pair]}, "export": {"name": "tiny"}}


def load(tmp_path: Path, content: object) -> RunConfig:
    path = tmp_path / "tiny.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return load_config(path)


def changed(where: str, value: object) -> dict[str, Any]:
    """The minimal configuration with the value at a dotted key replaced."""
    content = minimal()
    *path, last = where.split(".")
    inner: Any = content
    for key in path:
        inner = inner[int(key)] if key.isdigit() else inner.setdefault(key, {})
    inner[last] = value
    return content


def test_what_is_not_given_has_its_default(tmp_path: Path) -> None:
    config = load(tmp_path, minimal())
    assert config.training == TrainingConfig()
    assert config.model == ModelSettings()
    assert config.corpus.pairs[0].train[0].repeat == 1


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configurations_are_valid_and_named_as_their_file(path: Path) -> None:
    assert load_config(path).name == path.stem


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ("traning", {}, "traning is not a known key; did you mean training?"),
        ("training.epoch", 3, "training.epoch is not a known key; did you mean epochs?"),
        ("training.epochs", 0, "training: epochs is 0; it must be at least 1"),
        ("training.epochs", "three", "training.epochs must be of type int, not 'three'"),
        ("training.epochs", True, "training.epochs must be of type int, not True"),
        ("training.epochs", None, "training.epochs must be of type int, not None"),
        ("training.peak_learning_rate", "fast", "training.peak_learning_rate must be a number, not 'fast'"),
        ("training.label_smoothing", 1.0, r"training: label_smoothing is 1.0; it must be in \[0, 1\)"),
        ("training.decay_start", float("nan"), "training: decay_start is nan"),
        ("training.precision", "fp16", "training.precision must be one of auto, bf16, fp32, not 'fp16'"),
        ("training.patience", 0, "training: patience is 0"),
        (
            "training.peak_learning_rate",
            float("inf"),
            "training: peak_learning_rate is inf; it must be positive and fin",
        ),
        ("search.max_length_factor", float("inf"), "search: max_length_factor is inf; it must be finite"),
        ("subword.character_coverage", 0.97, r"subword: character_coverage is 0.97; it must be in \[0.98, 1\]"),
        ("subword.vocab_size", 2**31, "subword: vocab_size is 2147483648; it must be below 2147483648"),
        ("subword.max_training_sentences", 2**64, "subword: max_training_sentences is 18446744073709551616; it must"),
        ("subword", {"model": "x.spm", "vocab_size": 80}, "subword: vocab_size is 80; the model x.spm has its own"),
        ("subword", {"model": "x.spm", "byte_fallback": False}, "subword: byte_fallback is False; the model x.spm has"),
        ("model.num_heads", 5, "model: decoder_size 384 is not a multiple of num_heads 5"),
        ("model.hidden_dropout", 1.5, "model: hidden_dropout is 1.5"),
        ("search.beam_size", 0, "search: beam_size is 0"),
        ("export.name", "../x", "export: name is ../x"),
        ("export.terms", {"data/other.en": "ours"}, "export.terms is data/other.en; it must be the source of an entry"),
        ("corpus.pairs", [], "corpus: pairs is"),
        ("corpus.pairs", {}, "corpus.pairs must be a list"),
        ("corpus.pairs.0.source", False, r"corpus.pairs\[0\].source must be of type str, not False \(bool\); quote it"),
        ("corpus.pairs.0.target", "en", r"corpus.pairs\[0\]: target is en; it must be another language"),
        ("corpus.pairs.0.tag", "2de", r"corpus.pairs\[0\]: tag is 2de; it must be of the form <2de>"),
        ("corpus.pairs.0.dev", [], r"corpus.pairs\[0\]: dev is"),
        ("corpus.held_out", ["data/x/../train.de"], "corpus: data/train.de is held out, so it must not be trained on"),
    ],
)
def test_errors_name_file_key_and_value(tmp_path: Path, where: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"tiny\.yaml: {message}"):
        load(tmp_path, changed(where, value))


@pytest.mark.parametrize("key", ["name", "corpus", "export"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    content = minimal()
    del content[key]
    with pytest.raises(ConfigError, match=f"{key} is missing"):
        load(tmp_path, content)


def test_a_dev_file_must_not_be_trained_on(tmp_path: Path) -> None:
    content = minimal()
    content["corpus"]["pairs"][0]["train"].append(content["corpus"]["pairs"][0]["dev"][0])
    with pytest.raises(ConfigError, match=r"data/dev\.de is held out"):
        load(tmp_path, content)


@pytest.mark.parametrize(
    ("tags", "is_valid"), [(("<2de>", "<2en>"), True), ((None, None), False), (("<2x>", "<2x>"), False)]
)
def test_several_directions_need_a_tag_for_each_target(
    tmp_path: Path, tags: tuple[str | None, str | None], is_valid: bool
) -> None:
    content = minimal()
    there = content["corpus"]["pairs"][0]
    back = {"source": "de", "target": "en", "train": there["train"], "dev": there["dev"]}
    content["corpus"]["pairs"] = [{**there, "tag": tags[0]}, {**back, "tag": tags[1]}]
    if is_valid:
        load(tmp_path, content)
    else:
        with pytest.raises(ConfigError, match="needs its own tag"):
            load(tmp_path, content)


def test_yaml_numbers_without_a_point_are_numbers(tmp_path: Path) -> None:
    assert load(tmp_path, changed("training.peak_learning_rate", "1e-3")).training.peak_learning_rate == 0.001
    assert load(tmp_path, changed("search.length_penalty", 1)).search.length_penalty == 1.0


def test_a_key_given_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 1: the key name is given twice"):
        load(tmp_path, "name: a\nname: b\n")


def test_text_that_is_no_yaml_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tiny\.yaml: "):
        load(tmp_path, "name: [")


def test_the_model_settings_become_a_network_configuration() -> None:
    settings = ModelSettings(embedding_size=16)
    config = settings.with_vocabulary(99)
    assert (config.vocab_size, config.embedding_size, config.eos_id) == (99, 16, 3)
