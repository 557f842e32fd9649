"""The command as a process of its own."""

from pathlib import Path

from tests.e2e.process import dragoman
from tests.service.test_cli import with_other_samples


def test_samples_that_are_not_reproduced_keep_it_from_serving(artifact: Path, tmp_path: Path) -> None:
    copy = with_other_samples(artifact, tmp_path)
    ended = dragoman("serve", "--artifact", str(copy), "--port", "0")
    told = ended.stderr.decode()
    assert ended.returncode == 2, told
    assert told.splitlines()[-1].startswith("dragoman: ")
    assert "Traceback" not in told
