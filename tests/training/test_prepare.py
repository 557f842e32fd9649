"""Laws of preparing: equal input gives equal files, nothing held out gets in, nothing is destroyed."""

import json
from pathlib import Path

import pytest

from tests.training.tiny_corpus import make_run
from training import prepare as module
from training.config import ExportConfig, RunConfig
from training.corpus import CorpusError, file_hash
from training.data_config import CorpusConfig, CorpusFiles, PairConfig, SubwordConfig
from training.dataset import PreparedData
from training.prepare import prepare_data


def test_equal_input_gives_equal_files(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    first, second = prepare_data(run, tmp_path / "one"), prepare_data(run, tmp_path / "two")
    assert first == second
    assert json.loads((tmp_path / "one/manifest.json").read_text()) == json.loads(json.dumps(first))
    assert all(digest.startswith("sha256:") for digest in first["inputs"].values())


def test_dev_lines_are_kept_out_of_training(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    dev = (tmp_path / "raw/dev.en").read_text().splitlines()
    for language, text in (("en", dev[0]), ("de", "ein anderer Satz")):
        with (tmp_path / f"raw/train.{language}").open("a") as file:
            file.write(f"{text}\n")
    manifest = prepare_data(run, tmp_path / "data")
    assert manifest["counts"] == {"lines": 120, "dropped": {"held out": 2}}


def test_the_manifest_names_every_file_by_its_hash(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    manifest = prepare_data(run, tmp_path / "data")
    written = {p.relative_to(tmp_path / "data").as_posix() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    assert set(manifest["outputs"]) == written - {"manifest.json"}
    assert all(file_hash(tmp_path / "data" / name) == digest for name, digest in manifest["outputs"].items())
    assert manifest["inputs"] == {str(path): file_hash(path) for path in sorted((tmp_path / "raw").iterdir())}
    assert manifest["subword"]["vocab_size"] == 320


def test_a_line_of_a_held_out_file_is_kept_out_in_any_case_and_spacing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    first = (tmp_path / "raw/train.en").read_text().splitlines()[0]
    (tmp_path / "test.en").write_text(f"  {first.upper()}\u00a0\n")
    corpus = CorpusConfig(run.corpus.pairs, held_out=(str(tmp_path / "test.en"),))
    manifest = prepare_data(RunConfig("tiny", corpus, run.export, run.subword), tmp_path / "data")
    assert manifest["counts"] == {"lines": 118, "dropped": {"held out": 2}}
    assert str(tmp_path / "test.en") in manifest["inputs"]


def test_a_repeated_corpus_occurs_that_many_times(tmp_path: Path) -> None:
    manifest = prepare_data(make_run(tmp_path / "raw", repeat=3), tmp_path / "data")
    assert manifest["counts"] == {"lines": 60 * 3 + 60, "dropped": {}}


def test_equal_text_in_two_directions_is_no_duplicate(tmp_path: Path) -> None:
    """A loan word may be the same in two languages; each direction learns it."""
    run = make_run(tmp_path / "raw")
    forth = run.corpus.pairs[0]
    other = PairConfig("en", "nl", forth.train, forth.dev, "<2nl>")
    corpus = CorpusConfig((forth, other))
    manifest = prepare_data(RunConfig("tiny", corpus, run.export, run.subword), tmp_path / "data")
    assert manifest["counts"] == {"lines": 120, "dropped": {}}


def gzip_time(path: Path) -> int:
    """When the file says it was compressed; a real time would change its hash from run to run."""
    return int.from_bytes(path.read_bytes()[4:8], "little")


def test_lines_are_cut_into_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD_LINES", 50)
    manifest = prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    assert manifest["shards"] == ["shards/00000.tsv.gz", "shards/00001.tsv.gz", "shards/00002.tsv.gz"]
    assert all(gzip_time(tmp_path / "data" / name) == 0 for name in manifest["shards"])


def test_a_subword_model_that_changes_the_text_is_refused(tmp_path: Path) -> None:
    """Without byte fallback an unseen letter of the dev set is lost."""
    run = make_run(tmp_path / "raw")
    with (tmp_path / "raw/dev.en").open("a") as source, (tmp_path / "raw/dev.de").open("a") as target:
        source.write("the Ж stands in the Ж beside the Ж\n")
        target.write("eht Ж sdnats ni eht Ж ediseb eht Ж\n")
    subword = SubwordConfig(vocab_size=60, byte_fallback=False)
    with pytest.raises(
        CorpusError, match=r"dev/0\.source\.txt: the subword model changes the text: BLEU .* below 99\.9"
    ):
        prepare_data(RunConfig("tiny", run.corpus, run.export, subword), tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_dev_set_comes_back_as_it_was(tmp_path: Path) -> None:
    manifest = prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    sources, references = PreparedData.open(tmp_path / "data").dev(1)
    assert sources == (tmp_path / "raw/dev.de").read_text().splitlines()
    assert references == (tmp_path / "raw/dev.en").read_text().splitlines()
    assert [check["exact"] for check in manifest["round_trip"]] == [1.0] * 4


def test_what_prepare_has_not_made_is_not_replaced(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/thesis.txt").write_text("years of work")
    with pytest.raises(CorpusError, match="papers exists and holds no prepared data"):
        prepare_data(run, tmp_path / "papers")
    assert (tmp_path / "papers/thesis.txt").read_text() == "years of work"


def test_earlier_prepared_data_and_an_empty_directory_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    manifest = prepare_data(make_run(tmp_path / "raw", num_lines=40), tmp_path / "data")
    assert manifest["counts"]["lines"] == 80


def test_a_corpus_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    for name, line in (("a", "same"), ("b", "same"), ("c", "dev"), ("d", "dev")):
        (tmp_path / name).write_text(f"{line}\n")
    a, b, c, d = (str(tmp_path / name) for name in "abcd")
    pair = PairConfig("en", "de", (CorpusFiles(a, b),), (CorpusFiles(c, d),))
    with pytest.raises(CorpusError, match=r"no training pair is left; left out: \{'identical sides': 1\}"):
        prepare_data(RunConfig("tiny", CorpusConfig((pair,)), ExportConfig("tiny")), tmp_path / "data")


def test_a_given_subword_model_is_taken_as_it_is(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    prepare_data(run, tmp_path / "data")
    spm = tmp_path / "data/subword.spm"
    other = make_run(tmp_path / "raw2", num_lines=30)
    given = SubwordConfig(model=str(spm), sampling_alpha=0.1)
    manifest = prepare_data(RunConfig("tiny", other.corpus, other.export, given), tmp_path / "other")
    assert (tmp_path / "other/subword.spm").read_bytes() == spm.read_bytes()
    assert manifest["inputs"][str(spm)] == file_hash(spm)


def test_a_given_subword_model_without_a_tag_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    prepare_data(run, tmp_path / "data")
    forth, back = run.corpus.pairs
    corpus = CorpusConfig((forth, PairConfig("de", "en", back.train, back.dev, "<2xx>")))
    given = SubwordConfig(model=str(tmp_path / "data/subword.spm"))
    with pytest.raises(CorpusError, match=r"subword\.model .*subword\.spm has no tag <2xx>"):
        prepare_data(RunConfig("tiny", corpus, run.export, given), tmp_path / "other")


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
def test_a_subword_model_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    run = make_run(tmp_path / "raw")
    if content is not None:
        (tmp_path / "x.spm").write_bytes(content)
    given = SubwordConfig(model=str(tmp_path / "x.spm"))
    with pytest.raises(CorpusError, match=r"subword\.model .*x\.spm cannot be used: "):
        prepare_data(RunConfig("tiny", run.corpus, run.export, given), tmp_path / "data")


def test_a_given_model_that_cannot_be_sampled_from_is_refused_before_training(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    bpe = SubwordConfig(vocab_size=320, model_type="bpe", sampling_alpha=0.0)
    prepare_data(RunConfig("tiny", run.corpus, run.export, bpe), tmp_path / "data")
    given = SubwordConfig(model=str(tmp_path / "data/subword.spm"), sampling_alpha=0.1)
    with pytest.raises(CorpusError, match=r"subword\.sampling_alpha is 0\.1; .* is no unigram model"):
        prepare_data(RunConfig("tiny", run.corpus, run.export, given), tmp_path / "other")


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_dev_set_without_text_is_refused(tmp_path: Path, content: str) -> None:
    run = make_run(tmp_path / "raw")
    for language in ("en", "de"):
        (tmp_path / f"raw/dev.{language}").write_text(content)
    with pytest.raises(
        CorpusError, match=r"dev set of en-de has no line with text on both sides: .*dev\.en and .*dev\.de"
    ):
        prepare_data(run, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_a_neighbour_of_the_output_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data.part").mkdir()
    (tmp_path / "data.part/thesis.txt").write_text("years of work")
    prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    assert (tmp_path / "data.part/thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.part", "raw"]
