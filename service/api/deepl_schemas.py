"""The bodies of the DeepL dialect, as they are described."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.api.description import GREATEST_LENGTH
from service.api.foreign_description import failures, fields, one_or_many, query
from service.text.segmentation import Split
from service.text.tokens import Format

SPLITS: dict[str, Split] = {"0": "none", "1": "sentences", "nonewlines": "sentences_across_newlines"}
TAG_HANDLINGS: dict[str, Format] = {"html": "html", "xml": "xml"}
TAG_HANDLING_VERSIONS = ("v1", "v2")
FORMALITIES = ("default", "prefer_more", "prefer_less")
MODEL_TYPES = ("quality_optimized", "prefer_quality_optimized", "latency_optimized")
FAILURES = failures("message")
_TEXT = {"type": "string"}
TRANSLATE = fields(
    {
        "text": one_or_many(_TEXT),
        "target_lang": {**_TEXT, "minLength": 2},
        "source_lang": _TEXT,
        "split_sentences": {**_TEXT, "enum": list(SPLITS), "default": "1"},
        "tag_handling": {**_TEXT, "enum": list(TAG_HANDLINGS)},
        "tag_handling_version": {**_TEXT, "enum": list(TAG_HANDLING_VERSIONS), "description": "Taken and not used."},
        "outline_detection": {"type": "boolean", "default": True},
        "splitting_tags": one_or_many(_TEXT),
        "non_splitting_tags": one_or_many(_TEXT),
        "ignore_tags": one_or_many(_TEXT),
        "model_type": {**_TEXT, "enum": list(MODEL_TYPES)},
        "preserve_formatting": {"type": "boolean", "default": True, "description": "Always so here."},
        "formality": {**_TEXT, "enum": list(FORMALITIES)},
        "context": {**_TEXT, "description": "Taken and not used."},
        "show_billed_characters": {"type": "boolean"},
    },
    required=("text", "target_lang"),
    example={"text": ["A man is riding a bicycle."], "source_lang": "EN", "target_lang": "DE"},
)
TRANSLATE_IN_QUERY = query(TRANSLATE)
LANGUAGES = {
    "parameters": [
        {"name": "type", "in": "query", "schema": {**_TEXT, "enum": ["source", "target", ""], "default": "source"}}
    ]
}


TRANSLATE_TEXT = "translate_text"
V3_LANGUAGES = {
    "parameters": [
        {
            "name": "resource",
            "in": "query",
            "schema": {**_TEXT, "enum": [TRANSLATE_TEXT, ""], "default": TRANSLATE_TEXT},
        }
    ]
}


class Translation(TypedDict):
    """One text's translation."""

    detected_source_language: str
    text: Annotated[str | None, Field(description=GREATEST_LENGTH)]
    billed_characters: NotRequired[int]
    model_type_used: NotRequired[str]
    tag_handling_version: NotRequired[str]


class DeepLAnswer(TypedDict):
    """As many translations as texts."""

    translations: list[Translation]


class DeepLLanguage(TypedDict):
    """A served language; `supports_formality` for targets only."""

    language: str
    name: str
    supports_formality: NotRequired[bool]


class ServedLanguage(TypedDict):
    """A served language in the newer form; `features` are offered for every text in it."""

    lang: str
    name: str
    usable_as_source: bool
    usable_as_target: bool
    status: str
    features: dict[str, dict[str, str]]


class Usage(TypedDict):
    """What was used of how much."""

    character_count: int
    character_limit: int
    start_time: str
    end_time: str
