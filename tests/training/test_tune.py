"""The grid is searched on dev data, with the search that is served."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.search import Translator
from tests.factories import make_checkpoint, make_prepared, make_run_config
from tests.training.toy_run import write_config
from training import tune
from training.cli import app
from training.config import SearchConfig
from training.validate import Translation, translate_ids


def test_every_combination_is_searched_on_dev_with_its_own_penalties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[tuple[float, float, int]] = []

    def watched(translator: Translator, sources: Sequence[Sequence[int]], search: SearchConfig) -> list[Translation]:
        used.append((search.length_penalty, search.coverage_penalty, search.beam_size))
        assert [list(source) for source in sources] == dev
        return translate_ids(translator, sources, search)

    monkeypatch.setattr(tune, "translate_ids", watched)
    config = make_run_config(tmp_path / "raw")
    data = make_prepared(tmp_path / "data", config)
    dev = [data.subword.source_ids(text, None) for text in data.dev(0)[0]]
    points = list(tune.search_grid(config, make_checkpoint(config, data), data, (0.0, 2.0), (0.0, 0.5)))
    assert used == [(0.0, 0.0, 3), (0.0, 0.5, 3), (2.0, 0.0, 3), (2.0, 0.5, 3)]
    assert [(p.length_penalty, p.coverage_penalty) for p in points] == [each[:2] for each in used]


def test_data_of_another_subword_model_is_refused(tmp_path: Path) -> None:
    config = make_run_config(tmp_path / "raw")
    data = make_prepared(tmp_path / "data", config)
    checkpoint = replace(make_checkpoint(config, data), fingerprint={"vocabulary": "0" * 64})
    checkpoint.save(tmp_path / "foreign.pt")
    files = ["--checkpoint", str(tmp_path / "foreign.pt"), "--data", str(tmp_path / "data")]
    result = CliRunner().invoke(app, ["tune", str(write_config(tmp_path / "run.yaml", config)), *files])
    assert result.exit_code == 2
    assert f"--checkpoint {tmp_path}/foreign.pt: its subword model is not that of {tmp_path}/data" in result.output
