"""`require` writes demands that the artifact meets, that a worse one does not, and nothing where it cannot."""

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.factories import make_tiny_artifact
from training.artifact import check_sums, read_config
from training.cli import app
from training.judge import judge
from training.requirements import load_requirements
from training.scores import score

OUTPUT = ["a man walks", "two dogs run on the grass", "a boy there"]
SOURCES = ["a man rides", "two dogs run over the grass", "a girl"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_artifact(tmp_path_factory.mktemp("require") / "tiny")


@pytest.fixture
def artifact(tiny: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "tiny"
    copy.mkdir()
    for file in tiny.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def require(artifact: Path, data: Path, *more: str, hypotheses: list[str] | None = None) -> tuple[int, str]:
    """Demand the translation of SOURCES, which is `hypotheses` if given."""
    data.mkdir(exist_ok=True)
    for name, lines in (("in.en", SOURCES), ("in.de", SOURCES), ("out.de", hypotheses)):
        (data / name).write_text("".join(f"{line}\n" for line in lines or ()))
    options: dict[str, object] = {
        "artifact": artifact,
        "data": data,
        "source": data / "in.en",
        "reference": data / "in.de",
    }
    options |= {"hypotheses": data / "out.de"} if hypotheses else {}
    options |= {"source-language": "en", "target-language": "de", "name": "mine"}
    listed = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    result = CliRunner().invoke(app, ["require", *listed, "--shortest-ratio", "0.01", "--longest-ratio", "99", *more])
    return result.exit_code, result.output


@pytest.mark.slow
def test_what_is_demanded_is_what_was_reached(artifact: Path, tmp_path: Path) -> None:
    code, output = require(artifact, tmp_path / "data", "--bleu-margin", "2")
    assert code == 0, output
    (requirement,) = load_requirements(artifact)
    hypotheses = list(requirement.baseline)
    assert len(hypotheses) == len(SOURCES)
    floors = {floor.metric: floor.score for floor in requirement.floors}
    assert floors["bleu"] == max(0.0, round(score("bleu", hypotheses, SOURCES).score - 2, 1))
    assert floors["chrf++"] == max(0.0, round(score("chrf++", hypotheses, SOURCES).score - 0.8, 1))
    assert requirement.test_set.read([tmp_path / "data"]) == (SOURCES, SOURCES)
    assert not any(finding.refuses for finding in judge(requirement, hypotheses, SOURCES))
    assert any(finding.refuses for finding in judge(requirement, ["", *hypotheses[1:]], SOURCES))
    assert {entry["set"] for entry in read_config(artifact)["scores"]} == {"mine"}
    check_sums(artifact)


def test_a_set_has_one_entry_however_often_it_is_demanded(artifact: Path, tmp_path: Path) -> None:
    require(artifact, tmp_path / "data", hypotheses=OUTPUT)
    require(artifact, tmp_path / "data", "--name", "other", "--optional", hypotheses=OUTPUT)
    require(artifact, tmp_path / "data", "--chrf-margin", "99", hypotheses=OUTPUT)
    found = {each.test_set.name: each for each in load_requirements(artifact)}
    assert list(found) == ["other", "mine"]
    assert [each.is_optional for each in found.values()] == [True, False]
    assert found["mine"].floors[1].score == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--optional"], "requires no set"),
        (["--longest-ratio", "0.9"], "do not lie about 1"),
        (["--shortest-ratio", "1", "--longest-ratio", "1"], "the artifact itself would be refused: "),
        (["--name", "a/b"], "--name 'a/b'"),
        (["--data", "tests"], "does not lie below tests"),
    ],
)
def test_what_cannot_be_demanded_leaves_no_trace(artifact: Path, tmp_path: Path, more: list[str], message: str) -> None:
    before = {file.name: file.read_bytes() for file in artifact.iterdir()}
    code, output = require(artifact, tmp_path / "data", *more, hypotheses=OUTPUT)
    assert (code, message in " ".join(output.split())) == (2, True), output
    assert {file.name: file.read_bytes() for file in artifact.iterdir()} == before


def test_texts_may_lie_behind_a_link(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").symlink_to(tmp_path / "elsewhere")
    data = ["--data", str(tmp_path / "data")]
    code, output = require(artifact, tmp_path / "data" / "mine", *data, hypotheses=OUTPUT)
    assert code == 0, output
    assert load_requirements(artifact)[0].test_set.source.file == "mine/in.en"


@pytest.mark.parametrize("content", ['["no sets"]', "{", '{"sets": 1}', '{"sets": ["x"]}'])
def test_a_broken_gate_file_is_named_and_kept(artifact: Path, tmp_path: Path, content: str) -> None:
    (artifact / "gate.json").write_text(content)
    before = sorted(path.name for path in artifact.iterdir())
    code, output = require(artifact, tmp_path / "data", hypotheses=OUTPUT)
    assert (code, "gate.json cannot be used: " in output) == (2, True)
    assert (artifact / "gate.json").read_text() == content
    assert sorted(path.name for path in artifact.iterdir()) == before


def test_a_damaged_text_is_named(artifact: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "data" / "in.en.gz"
    damaged.parent.mkdir()
    damaged.write_bytes(gzip.compress(b"a man\n" * 99)[:-9])
    code, output = require(artifact, tmp_path / "data", "--source", str(damaged), hypotheses=OUTPUT)
    assert (code, f"{damaged} cannot be read: " in output) == (2, True), output
    latin = tmp_path / "data" / "latin.en"
    latin.write_bytes("Mädchen\n".encode("latin-1"))
    code, output = require(artifact, tmp_path / "data", "--source", str(latin), hypotheses=OUTPUT)
    assert (code, f"{latin} is not UTF-8" in output) == (2, True), output
