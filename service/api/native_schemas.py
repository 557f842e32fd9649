"""The bodies of the native dialect, as they are read, written and described."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.api.description import GREATEST_LENGTH
from service.api.validation import StrictBody
from service.text.tokens import Format

Span = Annotated[tuple[int, int], Field(description="Start and end, half-open.", examples=[[0, 13]])]
FORMATS: dict[str, Format] = {"text": "text", "html": "html", "xml": "xml"}
Detail = Literal["score", "segments", "alignment", "timing"]


class TranslateRequest(StrictBody):
    """Texts to translate and how."""

    texts: list[str] = Field(min_length=1, description="What to translate; order and count are kept.")
    target: str = Field(description="BCP 47 code of the language to translate into.", examples=["de"])
    source: str | None = Field(default="auto", description="Code of the texts' language; `auto` or null: detected.")
    format: str = Field(
        default="text", description="`text`, `html` or `xml`: what is no word of it is kept.", examples=["text"]
    )
    split: Literal["sentences", "sentences_across_newlines", "none"] = Field(
        default="sentences", description="Where a text is cut into what is translated at once."
    )
    num_alternatives: int = Field(
        default=0, ge=0, description="Other translations wanted; below the beam size. There may be fewer."
    )
    beam_size: int | None = Field(default=None, ge=1, description="One of the model's beam sizes; 1 is greedy.")
    keep: list[Annotated[str, Field(min_length=1)]] = Field(default=[], description="Literals to copy unchanged.")
    details: list[Detail] = Field(default=[], description="Optional parts of the answer.")
    offsets: Literal["codepoint", "utf16"] = Field(default="codepoint", description="Unit of all offsets.")
    deadline_ms: int | None = Field(default=None, ge=1, description="How long the client will wait.")
    priority: Literal["interactive", "bulk"] = Field(default="interactive", description="Bulk waits for interactive.")


class DetectRequest(StrictBody):
    """Texts to tell the language of."""

    texts: list[str] = Field(min_length=1)


class Detected(TypedDict):
    """A language that a text may be in."""

    language: str
    confidence: float


class Alternative(TypedDict):
    """Another translation of the whole text."""

    text: Annotated[str, Field(description=GREATEST_LENGTH)]
    score: float


class Link(TypedDict):
    """A source word and the target word that looked at it."""

    source: Span
    target: Span
    weight: float


class SegmentReport(TypedDict):
    """A sentence where it stands in the source and in the translation."""

    source: Span
    target: Span
    score: NotRequired[float | None]
    alignment: NotRequired[list[Link]]


class Warned(TypedDict):
    """Something to know about a translation; `segment` is null when it is about the whole text."""

    code: str
    segment: int | None
    message: str


class Failed(TypedDict):
    """Why a text has no translation."""

    code: str
    message: str


class Translated(TypedDict):
    """The answer to one text. `text` is null exactly when `error` is set."""

    text: Annotated[str | None, Field(description=GREATEST_LENGTH)]
    source: str | None
    detected: Detected | None
    warnings: list[Warned]
    error: Failed | None
    alternatives: NotRequired[list[Alternative]]
    score: NotRequired[float | None]
    log_prob: NotRequired[float | None]
    segments: NotRequired[list[SegmentReport]]


class ModelName(TypedDict):
    """The artifact that translated."""

    name: str
    hash: str


class UsageReport(TypedDict):
    """What the request cost."""

    characters: int
    source_tokens: int
    target_tokens: int


class TimingReport(TypedDict):
    """Where the time went; the longest of all segments for each stage."""

    queue_ms: float
    encode_ms: float
    decode_ms: float
    total_ms: float


class TranslateAnswer(TypedDict):
    """Translations, as many as texts and in their order. Parts that were not asked for are absent."""

    translations: list[Translated]
    model: Annotated[ModelName | None, Field(description="Null if no model was needed, or more than one.")]
    usage: UsageReport
    timing: NotRequired[TimingReport]


class DetectAnswer(TypedDict):
    """For each text the plausible languages, best first."""

    detections: list[list[Detected]]


class Language(TypedDict):
    """A served language and what it can be translated into."""

    code: str
    name: str
    targets: list[str]


class LanguagesAnswer(TypedDict):
    """All served languages."""

    languages: list[Language]
