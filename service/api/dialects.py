"""Which dialect a path belongs to; errors are told in it before any route is found."""

from enum import StrEnum


class Dialect(StrEnum):
    """A way to ask and to answer."""

    NATIVE = "native"
    LIBRETRANSLATE = "libretranslate"
    DEEPL = "deepl"


LIBRETRANSLATE_PATHS = frozenset(
    {"/translate", "/detect", "/languages", "/health", "/spec", "/frontend/settings", "/suggest", "/translate_file"}
)


def dialect_of(path: str) -> Dialect:
    """The dialect of `path`; paths of nobody are native."""
    if path in LIBRETRANSLATE_PATHS:
        return Dialect.LIBRETRANSLATE
    if path.startswith(("/v2/", "/v3/")):
        return Dialect.DEEPL
    return Dialect.NATIVE
