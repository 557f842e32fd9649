"""An artifact's `config.json` as the commands of training read it: what is wrong with one is said in words."""

import re
import subprocess
from pathlib import Path

import pytest

from training.artifact import ArtifactError, commit_of, read_config


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is not an artifact: config.json cannot be read: No such file or directory"),
        ("{", "is not an artifact: config.json is not JSON: Expecting property name"),
        ("[1]", "is not an artifact: config.json has no format_version"),
        ("{}", "is not an artifact: config.json has no format_version"),
        ('{"format_version": 99}', "has format_version 99; this program knows"),
    ],
)
def test_what_is_wrong_is_said_in_words(tmp_path: Path, content: str | None, why: str) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(ArtifactError, match="^" + str(tmp_path)) as found:
        read_config(tmp_path)
    assert why in str(found.value)


def test_a_repository_that_only_surrounds_the_program_is_not_its_own(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    for name in ("tracked.py", "installed.py"):
        (tmp_path / name).write_text("")
    git("init")
    git("add", "tracked.py")
    git("commit", "--no-gpg-sign", "-m", "First")
    assert re.fullmatch("[0-9a-f]{40}", commit_of(tmp_path / "tracked.py"))
    assert commit_of(tmp_path / "installed.py") == "unknown"
