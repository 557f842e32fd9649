"""Every measured quantity of a run becomes a picture."""

import struct
from pathlib import Path

import pytest

from training.corpus import CorpusError
from training.plots import draw_curves


def make_run(directory: Path) -> Path:
    directory.mkdir()
    lines = [f'{{"update": {i}, "epoch": 0, "elapsed_s": 1.0, "loss": {5 - i / 10}, "rate": 0.1}}\n' for i in range(5)]
    lines.append('{"update": 5, "epoch": 1, "elapsed_s": 2.0, "dev_bleu": 12.5}\n')
    (directory / "metrics.jsonl").write_text("".join(lines))
    return directory


def test_each_measured_quantity_has_a_picture(tmp_path: Path) -> None:
    pictures = draw_curves([make_run(tmp_path / "one"), make_run(tmp_path / "two")], tmp_path / "plots")
    assert [path.name for path in pictures] == ["loss.png", "dev_bleu.png", "rate.png"]
    for path in pictures:
        head = path.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", head[16:24])
        assert (width, height) == (840, 480)


def test_a_run_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"run nothing has no metrics\.jsonl"):
        draw_curves([tmp_path / "nothing"], tmp_path / "plots")
