"""A grid of runs that are compared: one base configuration, named changes, seeds; read from one YAML file."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.variant_config import VariantConfig
from training.checks import check, check_name
from training.config import RunConfig
from training.strict import ConfigError, build, load_yaml


@dataclass(frozen=True)
class Row:
    """One line of the table: what differs from the base, and the line that it is compared with."""

    name: str
    changes: dict[str, object] = field(default_factory=dict)  # dotted keys of a run's configuration
    variant: VariantConfig | None = None  # a network that only the laboratory knows; without it the served one
    against: str | None = None  # an earlier line; without it the one above

    def __post_init__(self) -> None:
        check_name(self.name)


@dataclass(frozen=True)
class Grid:
    """Lines times seeds; each is a run of its own."""

    name: str
    base: dict[str, object]  # a run's configuration; `name` and `export` may be left out
    rows: tuple[Row, ...]
    seeds: tuple[int, ...] = (1, 2, 3)

    def __post_init__(self) -> None:
        check_name(self.name)
        check(len(self.rows) > 0, "rows", self.rows, "at least one")
        check(len(self.seeds) > 0 and len(set(self.seeds)) == len(self.seeds), "seeds", self.seeds, "different seeds")
        for i, row in enumerate(self.rows):
            earlier = [each.name for each in self.rows[:i]]
            check(row.name not in earlier, f"rows[{i}].name", row.name, "a name of its own")
            if row.against is not None:
                check(row.against in earlier, f"rows[{i}].against", row.against, f"one of {', '.join(earlier)}")
            for seed in self.seeds:
                self.config(row, seed)

    def config(self, row: Row, seed: int) -> RunConfig:
        """The configuration of one run.

        Raises:
            ConfigError: the base or a change is wrong; the message names the line.
        """
        content: dict[str, Any] = copy.deepcopy(self.base)
        content.setdefault("name", self.name)
        content.setdefault("export", {"name": self.name})
        try:
            for key, value in {**row.changes, "training.seed": seed}.items():
                _set(content, key, value)
            return build(RunConfig, content)
        except ConfigError as error:
            raise ConfigError(f"row {row.name}: {error}") from error

    def baseline(self, row: Row) -> Row | None:
        """The line that `row` is compared with; none for the first."""
        i = self.rows.index(row)
        if row.against is not None:
            return next(each for each in self.rows if each.name == row.against)
        return self.rows[i - 1] if i else None


def load_grid(path: Path) -> Grid:
    """Read and check a grid, every run of it.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or a key or value is wrong; names file and key.
    """
    return load_yaml(Grid, path)


def _set(content: dict[str, Any], key: str, value: object) -> None:
    """Put `value` at a dotted key, making the mappings on the way."""
    *path, last = key.split(".")
    for each in path:
        content = content.setdefault(each, {})
        if not isinstance(content, dict):
            raise ConfigError(f"{key} leads through {each}, which is no mapping")
    content[last] = value
