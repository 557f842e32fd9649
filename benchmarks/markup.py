"""Markup and placeholders through an artifact: kept, well-formed, and at the right word.

    python -m benchmarks.markup --artifact artifacts/tatoeba-en-de

Reads `tests/data/markup.jsonl`: texts with the literals that a translation must keep, and for tags a pattern of what
belongs into them. A tag whose word the translation does not use at all is not judged, but counted.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from xml.parsers import expat

import typer

from service import artifact as artifacts
from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.routes import routes_of
from service.text.html_tokens import tokenize_html
from service.text.languages import Detection
from service.text.prose_reader import prose_of
from service.text.subword import describe
from service.text.tokens import Format, Kind
from service.translation import Translate
from service.translator import Translator

TEXTS = Path(__file__).parents[1] / "tests" / "data" / "markup.jsonl"


@dataclass(frozen=True)
class Example:
    """A text, the literals to `keep`, and for `tags` by name a pattern of what should be inside of them."""

    source: str
    target: str
    format: Format
    text: str
    keep: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Verdict:
    """What became of an example's literals and tags; the words of `misplaced` tags stand elsewhere."""

    lost: tuple[str, ...]
    is_well_formed: bool
    placed: int
    misplaced: tuple[str, ...]
    unjudged: int


def read_examples(path: Path = TEXTS) -> list[Example]:
    """All examples of the file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Example(
            row["source"], row["target"], row["format"], row["text"], tuple(row["keep"]), tuple(map(tuple, row["tags"]))
        )
        for row in rows
    ]


def judge(example: Example, answer: str) -> Verdict:
    """Compare the `answer` with what the example expects."""
    prose = prose_of(answer, "html" if example.format != "text" else "text").text
    lost = [each for each in example.keep if answer.count(each) != example.text.count(each)]
    placed, unjudged, misplaced = 0, 0, []
    for name, pattern in example.tags:
        if any(_says(content, pattern) for content in _contents(answer, name)):
            placed += 1
        elif re.search(rf"(?<!\w)(?:{pattern})(?!\w)", prose, re.IGNORECASE):
            misplaced.append(name)
        else:
            unjudged += 1
    return Verdict(tuple(lost), _is_well_formed(example, answer), placed, tuple(misplaced), unjudged)


def _contents(answer: str, name: str) -> list[str]:
    """What the elements called `name` say."""
    found = re.findall(rf"<{name}(?=[\s>])[^>]*>(.*?)</{name}>", answer, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each) for each in found]


def _says(content: str, pattern: str) -> bool:
    """Whether the content is the pattern's, give or take an article and punctuation."""
    articles = r"(?:(?:the|an?|some|d(?:er|ie|as|en|em|es)|ein(?:e[rnms]?)?)\s+)?"
    return re.fullmatch(rf"\W*{articles}(?:{pattern})\W*", content, re.IGNORECASE) is not None


def _is_well_formed(example: Example, answer: str) -> bool:
    if example.format == "text":
        return True
    if _tags(example.text) != _tags(answer):
        return False
    if example.format == "html":
        return _is_nested(answer) or not _is_nested(example.text)
    try:
        expat.ParserCreate().Parse(f"<root>{answer}</root>", True)
    except expat.ExpatError:
        return False
    return True


def _tags(text: str) -> Counter[str]:
    tokens = (token for token in tokenize_html(text) if token.kind is not Kind.TEXT)
    return Counter(token.span.of(text).strip() for token in tokens)


def _is_nested(text: str) -> bool:
    opened: list[str] = []
    for token in tokenize_html(text):
        if token.kind is Kind.OPEN:
            opened.append(token.name)
        elif token.kind is Kind.CLOSE and (not opened or opened.pop() != token.name):
            return False
    return not opened


class NoDetector:
    """Detects nothing: all texts name their language."""

    def detect(self, text: str) -> Sequence[Detection]:
        """Return no language."""
        return ()


def translate(examples: Sequence[Example], path: Path) -> list[str | None]:
    """The examples by the artifact at `path`; None where it does not serve the direction."""
    loaded = artifacts.load(path, describe)
    engine = Engine([loaded], EngineOptions())
    engine.start()
    try:
        return asyncio.run(_translate(examples, loaded, engine))
    finally:
        engine.stop(30.0)


async def _translate(examples: Sequence[Example], loaded: artifacts.Artifact, engine: Engine) -> list[str | None]:
    translator = Translator(AsyncEngine(engine, asyncio.get_running_loop()), routes_of([loaded]), NoDetector())
    answers: list[str | None] = []
    for each in examples:
        command = Translate((each.text,), each.target, each.source, form=each.format)
        outcome = await translator.translate(command)
        answers.append(outcome.translations[0].text)
    return answers


def report(examples: Sequence[Example], answers: Sequence[str | None], *, shows_all: bool = False) -> list[str]:
    """The lines of the report: misses one by one, then the three rates of each direction."""
    lines: list[str] = []
    for direction in sorted({(each.source, each.target) for each in examples}):
        chosen = [
            (each, answer, judge(each, answer))
            for each, answer in zip(examples, answers, strict=True)
            if (each.source, each.target) == direction and answer is not None
        ]
        for each, answer, verdict in chosen:
            if shows_all or verdict.lost or verdict.misplaced or not verdict.is_well_formed:
                lines.append(f"{each.text}\n    {answer}    {' '.join([*verdict.lost, *verdict.misplaced])}")
        lines.append(_rates("-".join(direction), [each for each, _, _ in chosen], [each for _, _, each in chosen]))
    return lines


def _rates(title: str, examples: Sequence[Example], verdicts: Sequence[Verdict]) -> str:
    if not examples:
        return f"{title}: not served"
    num_literals = sum(len(each.keep) for each in examples)
    kept = num_literals - sum(len(each.lost) for each in verdicts)
    placed = sum(each.placed for each in verdicts)
    judged = placed + sum(len(each.misplaced) for each in verdicts)
    return (
        f"{title}: {len(examples)} texts, literals kept {kept}/{num_literals}, "
        f"well-formed {sum(each.is_well_formed for each in verdicts)}/{len(verdicts)}, "
        f"tags at the right word {placed}/{judged} ({sum(each.unjudged for each in verdicts)} not judged)"
    )


def main(
    artifact: Annotated[Path, typer.Option(help="The artifact's directory.")],
    shows_all: Annotated[bool, typer.Option("--all", help="Print every answer, not the misses alone.")] = False,
) -> None:
    """Print the three rates."""
    examples = read_examples()
    for line in report(examples, translate(examples, artifact), shows_all=shows_all):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
