"""Laws of the laboratory: each line is a normal run, an interruption changes nothing, the table says what was found."""

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.training.toy_run import toy_config
from training.checkpoint import Checkpoint
from training.cli import app
from training.journal import Journal
from training.laboratory import Laboratory
from training.laboratory_config import Grid, Row, load_grid
from training.laboratory_estimate import duration
from training.laboratory_report import Run, table
from training.laboratory_run import Result
from training.strict import ConfigError
from training.toy import write_corpus
from training.validate import validate

LABORATORY = Path(__file__).parents[2] / "training" / "configs" / "laboratory"


def grid_content(root: Path, **changes: object) -> dict[str, Any]:
    base = json.loads(json.dumps(dataclasses.asdict(toy_config(root, epochs=1))))
    rows = [
        {"name": "served"},
        {"name": "gru", "variant": {"cell": "gru", "decoder": "input_feeding"}},
        {"name": "unclipped", "changes": {"training.clip_norm": 1e9}, "against": "served"},
    ]
    return {"name": "tiny-grid", "base": base, "seeds": [1, 2], "rows": rows} | changes


def write_grid(path: Path, content: object) -> Path:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("laboratory")
    write_corpus(root, 1, 6, 40)
    return root


@pytest.fixture(scope="module")
def finished(root: Path) -> Path:
    path = write_grid(root / "grid.yaml", grid_content(root))
    result = CliRunner().invoke(app, ["ablate", str(path), "--output", str(root / "done")])
    assert result.exit_code == 0, result.output
    (root / "output.txt").write_text(result.output)
    return root / "done"


@pytest.mark.slow
def test_the_table_has_every_line_with_its_comparison(finished: Path) -> None:
    report = (finished / "report.md").read_text()
    lines = [line.strip("|").split("|") for line in report.splitlines() if line.startswith("|")]
    cells = {line[0].strip(): [cell.strip() for cell in line] for line in lines[2:]}
    assert list(cells) == ["served", "gru", "unclipped"]
    assert [cells[name][3] for name in cells] == ["", "served", "served"]
    for name, line in cells.items():
        bleus = [
            json.loads((finished / "runs" / f"{name}-{seed}" / "result.json").read_text())["bleu"] for seed in (1, 2)
        ]
        assert float(line[2].split(" ± ")[0]) == pytest.approx(sum(bleus) / 2, abs=0.006)
    assert "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0" in report
    for picture in ("bleu_by_length.png", "gradient_norm.png"):
        assert picture in report
        assert (finished / picture).read_bytes().startswith(b"\x89PNG")


def test_the_time_of_the_whole_grid_is_said_before_its_first_run(root: Path, finished: Path) -> None:
    said = (root / "output.txt").read_text().splitlines()
    each = [
        said.index(line)
        for line in said
        if re.fullmatch(r"(served|gru|unclipped): 2 to make, \d.* of training each", line)
    ]
    whole = [said.index(line) for line in said if line.startswith("all: 6 to make, ")]
    runs = [said.index(line) for line in said if re.match(r"\w+, seed \d: dev BLEU", line)]
    assert [len(each), len(whole), len(runs)] == [3, 1, 6]
    assert max(each) < whole[0] < min(runs)


def test_a_finished_grid_is_not_measured_again(root: Path, finished: Path) -> None:
    result = CliRunner().invoke(app, ["ablate", str(root / "grid.yaml"), "--output", str(finished)])
    assert result.exit_code == 0
    assert "to make" not in result.output


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min"), (3540, "59 min"), (3599, "1 h 00 min"), (11100, "3 h 05 min")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_lines_that_agree_on_their_data_share_it(finished: Path) -> None:
    assert len(list(finished.glob("data-*"))) == 1


def test_a_line_without_a_variant_scores_what_the_pipeline_says(root: Path, finished: Path) -> None:
    grid = load_grid(root / "grid.yaml")
    laboratory, config = Laboratory(grid, finished), grid.config(grid.rows[0], 2)
    network = Checkpoint.load(finished / "runs" / "served-2" / "checkpoints" / "last.pt").network()
    expected = validate(network, laboratory._data(config), config.search).bleu
    assert json.loads((finished / "runs" / "served-2" / "result.json").read_text())["bleu"] == expected


def test_seeds_give_other_runs(finished: Path) -> None:
    losses = [Journal(finished / "runs" / f"gru-{seed}").read()[0]["loss"] for seed in (1, 2)]
    assert losses[0] != losses[1]


@pytest.mark.slow
def test_an_interrupted_grid_ends_as_an_unbroken_one(root: Path, finished: Path, tmp_path: Path) -> None:
    """Asked to stop again and again, it makes a few updates each time; nothing finished is made again."""
    grid = load_grid(root / "grid.yaml")
    for patience in (9, 15, 40, 10_000):
        asked = iter(range(patience))
        laboratory = Laboratory(grid, tmp_path)
        laboratory.run(lambda asked=asked: next(asked, None) is None)  # type: ignore[misc]
    assert len(laboratory.runs) == 6
    for (name, seed), run in laboratory.runs.items():
        unbroken = finished / "runs" / f"{name}-{seed}"
        assert run.output == (unbroken / "dev.txt").read_text().splitlines()
        assert run.result.bleu == json.loads((unbroken / "result.json").read_text())["bleu"]


def test_a_changed_line_is_not_mixed_with_its_former_self(root: Path, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "old")
    content = grid_content(root)
    content["rows"][1]["variant"]["cell"] = "rnn"
    path = write_grid(tmp_path / "grid.yaml", content)
    result = CliRunner().invoke(app, ["ablate", str(path), "--output", str(tmp_path / "old")])
    assert result.exit_code == 2
    assert "gru-1 holds a run that differs in variant.cell; remove it to run it anew" in result.output


def test_a_run_that_diverges_is_a_line_of_the_table(root: Path, tmp_path: Path) -> None:
    changes = {"training.peak_learning_rate": 1e38, "training.warmup_updates": 0, "training.epochs": 3}
    grid = grid_content(root, rows=[{"name": "wild", "changes": changes}], seeds=[1])
    path = write_grid(tmp_path / "grid.yaml", grid)
    result = CliRunner().invoke(app, ["ablate", str(path), "--output", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "0.00 (1 diverged)" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": [{"name": "a", "changes": {"training.epoch": 2}}]}, r"row a: training\.epoch is not a known key"),
        (
            {"rows": [{"name": "a", "changes": {"name.x": 2}}]},
            r"row a: name\.x leads through name, which is no mapping",
        ),
        ({"rows": [{"name": "a"}, {"name": "a"}]}, r"rows\[1\]\.name is a; it must be a name of its own"),
        ({"rows": [{"name": "a"}, {"name": "b", "against": "c"}]}, r"rows\[1\]\.against is c; it must be one of a"),
        (
            {"rows": [{"name": "a", "variant": {"cell": "sru"}}]},
            r"rows\[0\]\.variant\.cell must be one of rnn, gru, lstm",
        ),
        ({"rows": []}, "rows is"),
        ({"seeds": [1, 1]}, "seeds is"),
        ({"seeds": [1, -2]}, r"row served: training: seed is -2; it must be at least 0"),
        (
            {"rows": [{"name": "a", "changes": {1: 2}}]},
            r"rows\[0\]\.changes has the key 1 \(int\); keys must be text",
        ),
        ({"base": 3}, "base must be a mapping, not 3"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    root: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=rf"grid\.yaml: {message}"):
        load_grid(write_grid(tmp_path / "grid.yaml", grid_content(root, **changes)))


@pytest.mark.parametrize("path", sorted(LABORATORY.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_grids_are_valid_and_named_as_their_file(path: Path) -> None:
    grid = load_grid(path)
    assert grid.name == path.stem
    assert len(grid.seeds) >= 3


def test_the_paired_test_says_who_is_better_and_that_equal_output_is_equal() -> None:
    files = [{"source": "a.en", "target": "a.de"}]
    pair = {"source": "en", "target": "de", "train": files, "dev": [{"source": "b.en", "target": "b.de"}]}
    grid = Grid("g", {"corpus": {"pairs": [pair]}}, (Row("good"), Row("bad"), Row("same")), (1,))
    references = [f"the number {i} is written here in full" for i in range(40)]
    wrong = [f"the word {i} was found over there instead" for i in range(40)]
    outputs = {"good": references, "bad": wrong, "same": wrong}
    runs = {
        (name, 1): Run(
            Path("x"), Result(50.0 if name == "good" else 9.0, "s", 7, 1.0, 2.0), references, text, references
        )
        for name, text in outputs.items()
    }
    good, bad, same = table(grid, runs)[2:]
    assert good.startswith("| good | 7 | 50.00 |  |  |  |")
    assert "| bad | 7 | 9.00 | good | -41.00 | 0, 1, 0 (0.0" in bad
    assert "| same | 7 | 9.00 | bad | +0.00 | 0, 0, 1 (equal) |" in same
    assert table(grid, {})[2] == "| good | not run | not run | not run | not run | not run | not run | not run |"
