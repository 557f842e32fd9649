"""HTML is cut where a parser cuts it: the same tags and the same words as libxml2 finds, which knows no offsets."""

import html
import time
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from lxml import etree

from service.text.html_tokens import tokenize_html
from service.text.tokens import Kind
from tests.laws import examples
from tests.service.markup_strategies import html_texts, html_trees

# The parser writes elements that must be around a text, and are in none of the texts below, by itself.
FRAME = "<html><body><div>"
UNREAD = {"script", "style"}


@dataclass
class Seen:
    """What was opened and said, in order."""

    opened: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.opened.append(tag)
        self.within.append(tag)

    def end(self, tag: str) -> None:
        self.within.pop()

    def data(self, data: str) -> None:
        if not UNREAD & set(self.within):
            self.words.append(data)

    def close(self) -> "Seen":
        return self


def by_parser(text: str) -> tuple[list[str], str]:
    parser = etree.HTMLParser(target=Seen(), huge_tree=True)
    seen: Seen = etree.fromstring(FRAME + text, parser)
    return seen.opened[3:], squeezed("".join(seen.words))


def by_tokens(text: str) -> tuple[list[str], str]:
    tokens = list(tokenize_html(text))
    opened = [_name(token.span.of(text)) for token in tokens if _is_opening(token.kind, token.span.of(text))]
    words = "".join(html.unescape(token.span.of(text)) for token in tokens if token.kind is Kind.TEXT)
    return opened, squeezed(words)


def _is_opening(kind: Kind, raw: str) -> bool:
    return kind in (Kind.OPEN, Kind.EMPTY) or (kind is Kind.SILENT and raw[1:2].isalpha() and raw.endswith(">"))


def _name(raw: str) -> str:
    return raw[1:].rstrip(">").replace("/", " ").replace(">", " ").split()[0].lower()


def squeezed(text: str) -> str:
    return "".join(text.split())


@examples(200)
@given(html_texts)
def test_tokens_cover_the_text(text: str) -> None:
    spans = [token.span for token in tokenize_html(text)]
    assert "".join(span.of(text) for span in spans) == text
    assert all(left.end == right.start for left, right in pairwise(spans))


@examples(200)
@given(html_trees)
def test_tags_and_words_are_those_of_a_parser(text: str) -> None:
    assert by_tokens(text) == by_parser(text)


@pytest.mark.parametrize(
    "text",
    [
        "a < b and <b>c</b> > d",
        "<a href='x>y'>z</a>",
        '<i title="1 > 0">one</i>',
        "<!-- <b> --><i>x</i><!---> y <!--> z",
        "<script>if (a<b) '</b>'</script><b>x</b>",
        "<img src=x/><b>y</b>",
        "</ b><b>x",
        "<?php x ?>y<!doctype z>",
        "<3 <b>x</b>",
        "<b\r\nx='\r\n'>y\r</b>\r\n\r<i>z</i>",
        "x</>y<b>z</b></>",
        "<noscript>x<b>y</b></noscript><NOSCRIPT>z</NoScript>",
        "&amp;&notit;<b title='&lt;b>'>&eacute;</b>",
    ],
)
def test_hard_markup_is_cut_as_a_parser_does(text: str) -> None:
    assert by_tokens(text) == by_parser(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x</>y", ["TEXT x", "SILENT </>", "TEXT y"]),
        ("<title>x</>y</title>z", ["OPEN <title>", "TEXT x</>y", "CLOSE </title>", "TEXT z"]),
        ("x<a href='</>", ["TEXT x", "SILENT <a href='</>"]),
        ("<title>x</title y", ["OPEN <title>", "TEXT x", "SILENT </title y"]),
        ("<script>x</b>", ["SILENT <script>x</b>"]),
        ("<style>x</style><b>y", ["SILENT <style>x</style>", "OPEN <b>", "TEXT y"]),
        ("<!-- x", ["SILENT <!-- x"]),
        ("x<br/><x id=1 /><a b=1/>", ["TEXT x", "EMPTY <br/>", "EMPTY <x id=1 />", "OPEN <a b=1/>"]),
    ],
)
def test_what_a_browser_does_not_show_is_silent(text: str, expected: list[str]) -> None:
    assert [f"{token.kind.name} {token.span.of(text)}" for token in tokenize_html(text)] == expected


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "</>", "<!--", "<a href='", "<b>", "\r", "</a", "<![CDATA[", "<noscript>", "&"]
)
def test_hostile_markup_takes_no_more_than_linear_time(unit: str) -> None:
    """A tenth of a second on an idle machine, where squares take minutes."""
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    assert list(tokenize_html(text))[-1].span.end == len(text)
    assert time.process_time() - started < 5.0
