"""Puts the latest figures of each benchmark into a document, as Markdown tables.

    python -m benchmarks.report --write docs/performance.md

A document says where the figures of a part go: between the lines `<!-- figures: PART -->` and
`<!-- end of figures -->`; what was there before is replaced. Without `--write` all of them are printed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.record import FILE, OUTPUT

_PLACE = re.compile(r"(<!-- figures: ([a-z-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)

Line = Mapping[str, Any]


def latest(path: Path) -> dict[str, Line]:
    """The last line of each part."""
    lines = (json.loads(text) for text in path.read_text(encoding="utf-8").splitlines())
    return {line["part"]: line for line in lines}


def markdown(line: Line) -> str:
    """Origin, ratios and figures of a run."""
    commit = f"Measured {line['time'][:10]} by `{line['command']}`; {line['machine']}."
    blocks = [commit, *_ratios(line), *_figures(line["results"])]
    return "\n\n".join(blocks) + "\n"


def fill(document: str, lines: Mapping[str, Line]) -> str:
    """`document` with the figures of `lines` in their places; a place without figures stays as it is."""

    def figures(match: re.Match[str]) -> str:
        line = lines.get(match[2])
        return match[0] if line is None else f"{match[1]}{markdown(line)}{match[3]}"

    return _PLACE.sub(figures, document)


def _ratios(line: Line) -> Iterator[str]:
    rows = [
        [
            each["name"].strip(),
            "-" if each["value"] is None else f"{each['value']:.2f}",
            each["wanted"],
            each["verdict"],
        ]
        for each in line["ratios"]
    ]
    if rows:
        yield _table(["", "value", "goal", ""], rows)


def _figures(results: Mapping[str, Any]) -> Iterator[str]:
    """Plain values in a line, numbers by name and numbers by two names as tables; lists are for the file alone."""
    plain = [f"{_words(name)} {value}" for name, value in results.items() if isinstance(value, int | float | str)]
    if plain:
        yield "; ".join(plain) + "."
    for name, value in results.items():
        if not isinstance(value, dict) or not value:
            continue
        cells = list(value.values())
        if all(isinstance(cell, dict) for cell in cells):
            columns = list(cells[0])
            rows = [[_words(row), *(_number(found.get(column)) for column in columns)] for row, found in value.items()]
            yield _table([_words(name), *map(_words, columns)], rows)
        elif all(isinstance(cell, int | float | None) for cell in cells):
            yield _table([_words(name), ""], [[_words(row), _number(cell)] for row, cell in value.items()])


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def _words(name: str) -> str:
    return name.replace("_per_s", " a second").replace("_", " ")


def _number(value: object) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def main(
    write: Annotated[Path | None, typer.Option(help="The document whose figures are replaced.")] = None,
    results: Annotated[Path, typer.Option(help="What the benchmarks have written.")] = OUTPUT / FILE,
) -> None:
    """Print the latest figures, or write them into a document."""
    if not results.is_file():
        raise typer.BadParameter(f"{results} is not there: no benchmark has written to it", param_hint="--results")
    lines = latest(results)
    if write is None:
        typer.echo("\n".join(f"## {part}\n\n{markdown(line)}" for part, line in lines.items()))
    else:
        write.write_text(fill(write.read_text(encoding="utf-8"), lines), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
