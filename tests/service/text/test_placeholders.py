"""What must not be translated is found, quickly."""

import time
from itertools import pairwise

import pytest
from hypothesis import given

from service.text.placeholders import find_placeholders
from tests.laws import examples
from tests.service.text.strategies import texts


def found(text: str, *keep: str) -> list[str]:
    return [span.of(text) for span in find_placeholders(text, keep)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {name}, you have %d files.", ["{name}", "%d"]),
        ("%1$s of %2$s in %(n)d, %5.2f %% done", ["%1$s", "%2$s", "%(n)d", "%5.2f", "%%"]),
        ("%s%s", ["%s%s"]),
        ("Only %d%% of it, %PATH%, %1$s%%", ["%d%%", "%PATH%", "%1$s%%"]),
        ("{count, plural, one {# file} other {# files}} left", ["{count, plural, one {# file} other {# files}}"]),
        (
            "${x} #{y} %{z} {{ user.name }} {% if x %} {}",
            ["${x}", "#{y}", "%{z}", "{{ user.name }}", "{% if x %}", "{}"],
        ),
        ("Visit https://a.b/c?d=e, please (see www.x.org).", ["https://a.b/c?d=e", "www.x.org"]),
        ("Mail a.b+c@d.co.uk!", ["a.b+c@d.co.uk"]),
        ("Use `x = 1` and foo_bar() or foo.bar().", ["`x = 1`", "foo_bar()", "foo.bar()"]),
        ('<b>bold</b> <x id="5"/> a < b and c > d', ["<b>", "</b>", '<x id="5"/>']),
        ("&lt;b&gt; x&lt;y &#39;", ["&lt;", "&gt;", "&lt;", "&#39;"]),
        ("AT&T's R&amp;D, Tom & Maria, a && b", ["AT&T", "R&amp;D"]),
        ("line\\nnext C:\\new\\table", ["\\n", "C:\\new\\table"]),
        ("@tom #cool #1 :smile: 10:30:20", ["@tom", "#cool", ":smile:"]),
        ("$HOME costs $5", ["$HOME"]),
        ("$HOME_DIR/bin and $HOME/.config/a.b. $price/month", ["$HOME_DIR/bin", "$HOME/.config/a.b", "$price"]),
        ("${user} shared ${file} with ${group}: ${a}/${b}", ["${user}", "${file}", "${group}", "${a}", "${b}"]),
        ("Send ${a} to ${b}, for $ 5, if $x^2$ > ${y}", ["${a}", "${b}", "$x^2$", "${y}"]),
        ("/usr/local/bin and/or he/she ../x/y.py 3/4 km/h", ["/usr/local/bin", "../x/y.py"]),
        ("pre{x}post", ["pre{x}post"]),
        ("{name}'s l'{name}", ["{name}", "{name}"]),
        ("100 % sure, 50% discount, 5% d", []),
        ("prose {in braces here} and (brackets) [too]", []),
        ("a_b", ["a_b"]),
        ("Read README.md and a.tar.gz at example.com.", ["README.md", "a.tar.gz", "example.com"]),
        ("word\n{x}\n#{y} and order #{z}, #%{w}", ["{x}", "#{y}", "#{z}", "#%{w}"]),
        ("run\n```py\nx = `1`\n```\ndone", ["```py\nx = `1`\n```"]),
        ("run\n~~~~\n```\n~~~\n~~~~~\ndone", ["~~~~\n```\n~~~\n~~~~~"]),
        ("run\n```\nx", ["```\nx"]),
        ("$x = 5 $ is small, $HOME_DIR costs 5 $, ${a} 6 $", ["$x = 5 $", "$HOME_DIR", "${a}"]),
        ("$E = mc^2$ costs $5 or $6, \\(x\\) and \\[y\\]", ["$E = mc^2$", "\\(x\\)", "\\[y\\]"]),
        ("see \\begin{eq} a = b \\end{eq} there", ["\\begin{eq} a = b \\end{eq}"]),
        ("mail <a.b@c.de> or <https://a.b>", ["<a.b@c.de>", "<https://a.b>"]),
        ("call +1 (555) 123-4567 or (555) 123-4567, 1 + 2", ["+1 (555) 123-4567", "(555) 123-4567"]),
        ('the {"title": "My dog", "n": [1]} object', ['{"title": "My dog", "n": [1]}']),
        ("on \\\\srv\\share\\a :-) and ;D but:) (a:b)", ["\\\\srv\\share\\a", ":-)", ";D"]),
        ("I was there.Then I left.so 3.5 km, e.g. this", []),
    ],
)
def test_protected_stretches_are_found_and_nothing_else(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_listed_literals_are_found_as_whole_words() -> None:
    assert found("ACME makes C++ at ACMEs, a.b", "ACME", "C++", " a.b", " ", "") == ["ACME", "C++", "a.b"]


@examples(100)
@given(texts)
def test_placeholders_are_disjoint_in_order_and_not_empty(text: str) -> None:
    spans = find_placeholders(text, ["fox", "."])
    assert all(len(span) > 0 for span in spans)
    assert all(left.end < right.start for left, right in pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "{}",
        "%",
        "a@",
        "a.",
        "./",
        "/a",
        "<a b=",
        '<a b="',
        "<!--",
        "a+",
        "&a",
        "a&",
        "`",
        ":a",
        "http://",
        "{ ",
        "a_",
        "{a{",
        "#",
        "$a",
    ],
)
def test_hostile_texts_take_no_quadratic_time(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    started = time.process_time()
    find_placeholders(text)
    assert time.process_time() - started < 1.0
