"""Why a request failed, as a tree; each class carries its status and code. `service.api.faults` renders them.

ServiceError
├── BadRequest                    400
│   ├── InvalidJson                   the body is no JSON that we take
│   ├── InvalidField                  a field is missing, unknown, or of the wrong type or value
│   ├── UnsupportedLanguage           no artifact knows the language
│   ├── UnsupportedPair               no artifact translates in this direction
│   ├── UnsupportedFormat             not a format of text that is served
│   ├── InvalidMarkup                 XML that is not well-formed
│   ├── SourceUndetected              no served language was recognised
│   ├── TooManyTexts
│   ├── TextTooLong
│   └── RequestTooLarge               all texts together are too long
├── KeyMissing                    401
├── KeyInvalid                    403  unknown, revoked or expired
├── Disabled                      403  the route exists elsewhere, but not here
├── NotFound                      404
├── MethodNotAllowed              405  + Allow
├── BodyTimeout                   408
├── Conflict                      409
│   ├── JobNotDone                    its result is not there, or never will be
│   ├── JobNotCancellable             it has begun and cannot be undone
│   └── ReloadUnderway                one at a time
├── BodyTooLarge                  413
├── UrlTooLong                    414
├── UnsupportedMediaType          415
├── TooMuch                       429  + Retry-After
│   ├── RateLimited                   in a minute
│   ├── QuotaExceeded                 in a month
│   └── TooManyJobs                   at once
├── HeadersTooLarge               431
├── ClientGone                    499  nobody reads this one: for the log and the metrics
├── Internal                      500  says nothing about the cause
├── Unavailable                   503  + Retry-After
│   ├── Overloaded                    the queue is full
│   ├── DeadlineUnreachable           the queue is longer than the request can wait
│   └── NotReady                      starting or stopping
└── DeadlineExceeded              504
"""

from service.errors.access import Disabled, KeyInvalid, KeyMissing, QuotaExceeded, RateLimited, TooManyJobs, TooMuch
from service.errors.base import Scalar, ServiceError
from service.errors.protocol import (
    BodyTimeout,
    BodyTooLarge,
    ClientGone,
    HeadersTooLarge,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
    UrlTooLong,
)
from service.errors.request import (
    BadRequest,
    InvalidField,
    InvalidJson,
    InvalidMarkup,
    RequestTooLarge,
    SourceUndetected,
    TextTooLong,
    TooManyTexts,
    UnsupportedFormat,
    UnsupportedLanguage,
    UnsupportedPair,
)
from service.errors.state import (
    Conflict,
    DeadlineExceeded,
    DeadlineUnreachable,
    Internal,
    JobNotCancellable,
    JobNotDone,
    NotReady,
    Overloaded,
    ReloadUnderway,
    Unavailable,
)

__all__ = [
    "BadRequest",
    "BodyTimeout",
    "BodyTooLarge",
    "ClientGone",
    "Conflict",
    "DeadlineExceeded",
    "DeadlineUnreachable",
    "Disabled",
    "HeadersTooLarge",
    "Internal",
    "InvalidField",
    "InvalidJson",
    "InvalidMarkup",
    "JobNotCancellable",
    "JobNotDone",
    "KeyInvalid",
    "KeyMissing",
    "MethodNotAllowed",
    "NotFound",
    "NotReady",
    "Overloaded",
    "QuotaExceeded",
    "RateLimited",
    "ReloadUnderway",
    "RequestTooLarge",
    "Scalar",
    "ServiceError",
    "SourceUndetected",
    "TextTooLong",
    "TooManyJobs",
    "TooManyTexts",
    "TooMuch",
    "Unavailable",
    "UnsupportedFormat",
    "UnsupportedLanguage",
    "UnsupportedMediaType",
    "UnsupportedPair",
    "UrlTooLong",
]
