"""Checks that configuration classes make of their fields; the message names field, value and limit."""

import math
import re

from training.strict import ConfigError


def check(is_valid: bool, name: str, value: object, limit: str) -> None:
    """Refuse `value` of the field `name` unless it `is_valid`."""
    if not is_valid:
        raise ConfigError(f"{name} is {value}; it must be {limit}")


def check_at_least(config: object, limit: float, *names: str) -> None:
    """Refuse fields below `limit`, and infinite ones; None is allowed where the type allows it."""
    for name in names:
        value = getattr(config, name)
        check(value != math.inf, name, value, "finite")
        check(value is None or value >= limit, name, value, f"at least {limit}")


def check_rate(config: object, *names: str) -> None:
    """Refuse fields that are not in [0, 1)."""
    for name in names:
        check(0 <= getattr(config, name) < 1, name, getattr(config, name), "in [0, 1)")


def check_positive(config: object, *names: str) -> None:
    """Refuse fields that are not above 0, or infinite."""
    for name in names:
        check(0 < getattr(config, name) < math.inf, name, getattr(config, name), "positive and finite")


def check_name(name: str) -> None:
    """Refuse names that cannot be a directory."""
    check(bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)), "name", name, "letters, digits, points and dashes")
