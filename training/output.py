"""A file that is written at the end of long work: whether it can be is known before."""

from pathlib import Path


def check_writable(path: Path) -> None:
    """Make the directory of `path`, and try to open the file there; what it holds is kept.

    Raises:
        OSError: the directory cannot be made, or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    path.open("ab").close()
    if is_new:
        path.unlink()
