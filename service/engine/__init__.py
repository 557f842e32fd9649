"""Continuous batching: segments join and leave the running batch between steps.

The names that callers need and that cost no torch; `Engine` and `AsyncEngine` are in the modules of those names.
"""

from service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    DeadlineUnreachable,
    EngineError,
    EngineFault,
    InvalidSegment,
    NotReady,
    Overloaded,
    QueueFull,
    RequestTooLarge,
)
from service.engine.observer import Observer, SilentObserver
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.segment import Lane, Priority, Segment
from service.engine.stats import EngineStats, State

__all__ = [
    "Cancelled",
    "DeadlineExceeded",
    "DeadlineUnreachable",
    "EngineError",
    "EngineFault",
    "EngineOptions",
    "EngineStats",
    "Hypothesis",
    "InvalidSegment",
    "Lane",
    "NotReady",
    "Observer",
    "Outcome",
    "Overloaded",
    "Priority",
    "QueueFull",
    "RequestTooLarge",
    "Result",
    "Segment",
    "SilentObserver",
    "State",
    "Timing",
]
