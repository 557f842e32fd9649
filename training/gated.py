"""Which artifact a gate judges: what its own files say, and whether a service has these very files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from training.artifact import SUMS, ArtifactError, read_config
from training.served import ServiceError, served_hashes


@dataclass(frozen=True)
class Gated:
    """The artifact in `directory`; its name, version and hash are None where there is none."""

    directory: str
    name: str | None = None
    version: str | None = None
    hash: str | None = None

    @classmethod
    def at(cls, directory: Path) -> "Gated":
        """What can be known of `directory`, whatever is in it. The hash is the one that the service shows."""
        try:
            config, sums = read_config(directory), (directory / SUMS).read_bytes()
        except (ArtifactError, OSError):
            return cls(directory.name)
        name, version = (str(config.get(key, "")) for key in ("name", "version"))
        return cls(directory.name, name, version, f"sha256:{hashlib.sha256(sums).hexdigest()}")

    def __str__(self) -> str:
        """In one line, as reports print it."""
        if self.hash is None:
            return f"{self.directory}, which is no artifact"
        return f"{self.directory}: {self.name}, version {self.version}, {self.hash}"

    def check_served(self, url: str) -> None:
        """Refuse to judge another artifact than this one; raises ServiceError if `url` serves others alone."""
        if self.hash is None:
            return
        hashes = served_hashes(url)
        if self.hash not in hashes:
            raise ServiceError(f"{url} does not serve {self}, but {', '.join(hashes) or 'nothing'}")
