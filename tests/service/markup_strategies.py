"""Generated markup: HTML as people write it and as they should not, and XML that is well-formed."""

from hypothesis import strategies as st

WORDS = [
    "fox",
    "the",
    "Über",
    "Dr.",
    "Tom",
    "OK",
    "dog.",
    "dog.",
    "3.5",
    "{name}",
    "%1$s",
    "Hello,",
    "a.b@c.de",
    "NO ENTRY",
]
SPACES = [" ", " ", " ", " ", "  ", "\n", "\r\n   ", "\t", "\u00a0", "\u2029"]
RARE = ["\ufdd0", "\ufdd0\ufdd2\ufddb", "😀", "\u0301", "\u200b", "←", '"', "'", ">", "]]"]
HTML_REFERENCES = [
    "&amp;",
    "&lt;b&gt;",
    "&nbsp;",
    "&eacute;",
    "&#8212;",
    "&#x41;",
    "&copy ",
    "&notit;",
    "&bogus;",
    "&",
    "AT&T",
]
XML_REFERENCES = ["&amp;", "&lt;b&gt;", "&quot;", "&#8212;", "&#x41;", "&apos;"]
INLINE = ["b", "i", "a", "span", "x", "em"]
BLOCKS = ["p", "div", "li", "h1", "td"]
ATTRIBUTES = [
    "",
    ' class="x"',
    ' href="a>b"',
    " id='1'",
    ' translate="no"',
    ' class="a notranslate"',
    ' title="One. Two."',
]
HTML_POINTS = [
    "<br>",
    "<br/>",
    "<img src=x>",
    "<!-- a <b> c -->",
    "<wbr>",
    "<hr>",
    "<x id=1 />",
    "<script>if (a<b) x()</script>",
]
XML_POINTS = ["<br/>", '<x id="5"/>', "<!-- a <b> c -->", "<![CDATA[a < b & c]]>", "<?php x ?>"]
STRAY = [
    "</b>",
    "<i>",
    "</p>",
    "<p>",
    "<",
    "<3",
    "</",
    "<!",
    "<b",
    '<a href="',
    "</>",
    "<!--",
    "]]>",
    "<title>",
    "</title>",
    "<pre>",
]


def _solid(references: list[str], points: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(*(st.sampled_from(some) for some in (WORDS, WORDS, SPACES, SPACES, RARE, references, points)))


def _trees(leaves: st.SearchStrategy[str], names: list[str], is_html: bool) -> st.SearchStrategy[str]:
    def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        kept = ["code", "pre"] if is_html else []
        tag = st.tuples(st.sampled_from(names + kept), st.sampled_from(ATTRIBUTES), children)
        return tag.map(lambda parts: f"<{parts[0]}{parts[1]}>{parts[2]}</{parts[0]}>")

    return st.recursive(
        leaves, lambda inner: st.lists(st.one_of(inner, element(inner)), max_size=5).map("".join), max_leaves=25
    )


_html_leaves = _solid(HTML_REFERENCES, HTML_POINTS)
_xml_leaves = _solid(XML_REFERENCES, XML_POINTS).filter(lambda leaf: "]]" not in leaf)
html_trees = _trees(_html_leaves, INLINE + INLINE + BLOCKS, is_html=True)
html_soups = st.lists(st.one_of(_html_leaves, st.sampled_from(STRAY)), max_size=25).map("".join)
html_texts = st.one_of(html_trees, html_soups)
xml_texts = _trees(_xml_leaves, INLINE + INLINE + BLOCKS, is_html=False)
