"""Laws of a run's counters: what ends it, and when."""

import pytest

from training.progress import MAX_SKIPPED_IN_A_ROW, Progress, TrainingError


def validated(progress: Progress, *bleus: float, is_decaying: bool = True) -> list[bool]:
    return [progress.record_validation(bleu, is_decaying, 1.0) for bleu in bleus]


def test_the_best_is_the_earlier_of_equals() -> None:
    progress = Progress(horizon=100, update=7)
    assert validated(progress, 30.0, 29.0) == [True, False]
    progress.update = 9
    assert validated(progress, 30.0) == [False]
    assert (progress.best_bleu, progress.best_update) == (30.0, 7)
    assert validated(progress, 30.1) == [True]
    assert (progress.best_bleu, progress.best_update) == (30.1, 9)


def test_a_first_score_of_zero_is_the_best_so_far() -> None:
    assert validated(Progress(horizon=100), 0.0) == [True]


def test_patience_ends_a_run() -> None:
    progress = Progress(horizon=100)
    validated(progress, 30.0, 29.0)
    assert not progress.is_over(10, patience=2)
    validated(progress, 29.5)
    assert progress.is_over(10, patience=2)
    assert not progress.is_over(10, patience=None)
    validated(progress, 31.0)
    assert not progress.is_over(10, patience=2)


def test_patience_begins_with_the_decay_of_the_rate() -> None:
    progress = Progress(horizon=100)
    validated(progress, 30.0, 29.0, 28.0, 27.0, is_decaying=False)
    assert not progress.is_over(10, patience=2)
    validated(progress, 29.0)
    assert not progress.is_over(10, patience=2)
    validated(progress, 29.0)
    assert progress.is_over(10, patience=2)


def test_the_last_epoch_ends_a_run() -> None:
    progress = Progress(horizon=100)
    progress.record_epoch()
    assert not progress.is_over(2, None)
    progress.record_epoch()
    assert progress.is_over(2, None)


def test_epochs_are_counted_from_one_while_they_run() -> None:
    progress = Progress(horizon=100)
    progress.record_update(2, is_skipped=False, duration_s=0.5)
    assert (progress.update, progress.epoch, progress.batch, progress.current_epoch) == (1, 0, 2, 1)
    progress.record_epoch()
    assert (progress.epoch, progress.batch, progress.current_epoch) == (1, 0, 1)


def test_skipped_updates_end_a_run_only_in_a_row() -> None:
    progress = Progress(horizon=100)
    for _ in range(3):
        for _ in range(MAX_SKIPPED_IN_A_ROW - 1):
            progress.record_update(1, is_skipped=True, duration_s=0.0)
        progress.record_update(1, is_skipped=False, duration_s=0.0)
    assert progress.num_skipped == 3 * (MAX_SKIPPED_IN_A_ROW - 1)
    for _ in range(MAX_SKIPPED_IN_A_ROW - 1):
        progress.record_update(1, is_skipped=True, duration_s=0.0)
    with pytest.raises(TrainingError, match=r"up to update 20, were not finite; lower training\.peak_learning_rate"):
        progress.record_update(1, is_skipped=True, duration_s=0.0)
