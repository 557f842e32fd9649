"""Rules for tags that a request brings with it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TagRules:
    """What the caller says about tags, by name.

    `ignore` are copied with all that is in them; `splitting` end a sentence, `non_splitting` never do. Without
    `detects_outline` no other tags of XML end a sentence.
    """

    ignore: frozenset[str] = frozenset()
    splitting: frozenset[str] = frozenset()
    non_splitting: frozenset[str] = frozenset()
    detects_outline: bool = True

    def in_lower_case(self) -> "TagRules":
        """The same for names that are in lower case."""
        ignore, splitting, non_splitting = (
            frozenset(map(str.lower, names)) for names in (self.ignore, self.splitting, self.non_splitting)
        )
        return TagRules(ignore, splitting, non_splitting, self.detects_outline)


NO_RULES = TagRules()
