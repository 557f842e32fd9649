"""Tables of Markdown, as reports and model cards have them."""

from collections.abc import Iterable, Sequence


def cell(text: str) -> str:
    """`text` on one line of a table, none of it taken as mark-up that ends the cell."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells keep their columns, whatever is in them."""
    lines = [[cell(text) for text in line] for line in (header, *rows)]
    lines.insert(1, ["---"] * len(header))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
