"""Laws of the journal: every line is whole, and no update is told twice."""

import json
from pathlib import Path

import pytest

from training.corpus import CorpusError
from training.journal import Journal


def written(directory: Path, *updates: int, start: int = 0) -> None:
    journal = Journal(directory)
    journal.open(start)
    for update in updates:
        journal.write(update, epoch=1, elapsed_s=0.5, loss=update / 10)
    journal.close()


def test_lines_are_json_with_update_epoch_and_time(tmp_path: Path) -> None:
    written(tmp_path, 1, 2)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert lines == Journal(tmp_path).read()
    assert lines[1] == {"update": 2, "epoch": 1, "elapsed_s": 0.5, "loss": 0.2}
    assert list((tmp_path / "tensorboard").iterdir())


def test_a_resumed_run_tells_later_updates_anew(tmp_path: Path) -> None:
    written(tmp_path, 1, 2, 3)
    written(tmp_path, 3, 4, start=2)
    assert [line["update"] for line in Journal(tmp_path).read()] == [1, 2, 3, 4]


def test_a_validation_that_is_not_in_the_checkpoint_is_told_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open(0)
    journal.write(5, epoch=1, elapsed_s=0.5, loss=2.0)
    journal.write(5, epoch=1, elapsed_s=0.6, dev_bleu=30.0)
    journal.close()
    for is_validated, number in ((True, 2), (False, 1)):
        journal.open(5, is_validated)
        journal.close()
        assert len(journal.read()) == number


def test_a_line_that_a_crash_cut_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, 1, 2)
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"update": 3, "epo')
    assert len(Journal(tmp_path).read()) == 2
    written(tmp_path, 3, start=2)
    assert [line["update"] for line in Journal(tmp_path).read()] == [1, 2, 3]


def test_a_cleared_journal_is_empty(tmp_path: Path) -> None:
    written(tmp_path, 1)
    journal = Journal(tmp_path)
    journal.clear()
    assert journal.read() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", [b"garbage", b"[1]", b'{"loss": 1}', b"\xff"])
def test_a_line_that_is_none_of_a_journal_is_named(tmp_path: Path, line: bytes) -> None:
    written(tmp_path, 1)
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(CorpusError, match=r"metrics\.jsonl, line 2: "):
        Journal(tmp_path).read()
