"""Texts that break text programs: rare spaces, marks, emoji, placeholders, and ordinary words among them."""

from hypothesis import strategies as st

WORDS = [
    "fox",
    "the",
    "Über",
    "coeur",
    "ñandú",
    "I",
    "Dr.",
    "e.g.",
    "3.5",
    "am 3. Mai",
    "NO ENTRY",
    "Tom",
    "don't",
    "OK",
]
STOPS = [".", "!", "?", "…", "...", ",", ";", ":", "“", "”", "«", "»", '"', "(", ")", "¿", "¡", "-", "—", "。"]
SPACES = [" ", " ", " ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "\u00a0", "\u202f", "\u2028", "\x85", "\x0b", "\u3000"]
MARKS = ["\u200b", "\u00ad", "\ufeff", "\u0301", "\u200d", "\ufe0f", "\x00", "\u202e", "\u2581", "\U000e0067"]
SYMBOLS = [
    "😀",
    "👍🏽",
    "👩‍👩‍👧",
    "🇩🇪",
    "→",
    "©",
    "°",
    "§",
    "1️⃣",
    "•",
    " & ",
    " &amp; ",
    "2½",
    "¼ l ",
    "\n- ",
    "\n1. ",
    "# ",
    "> ",
]
PROTECTED = [
    "`One. Two.`",
    "{name}",
    "%d",
    "%1$s",
    "${x}",
    "https://a.b/c?d=e.f",
    "a.b@c.de",
    "`x = 1`",
    "**fox**",
    "*the fox*",
    "[the](a.b/c_d)",
    '<x id="5"/>',
    "</b>",
    "&lt;",
    "R&D",
    "\\n",
]
RARE = st.characters(exclude_categories=["Cs"])

pieces = st.one_of(
    *(st.sampled_from(some) for some in (WORDS, WORDS, STOPS, SPACES, SPACES, MARKS, SYMBOLS, PROTECTED)), RARE
)
texts = st.one_of(st.lists(pieces, max_size=30).map("".join), st.text(RARE, max_size=40))
splits = st.sampled_from(["sentences", "sentences_across_newlines", "none"])
languages = st.sampled_from(["en", "de", "fr", "es", "xx"])
