"""Frozen dataclasses from YAML, strictly: errors name the dotted key, the value and what was expected."""

import difflib
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

T = TypeVar("T")


class ConfigError(ValueError):
    """A configuration has an unknown, missing or impossible value."""


def parse_yaml(text: str) -> object:
    """The plain value that `text` describes.

    Raises:
        ConfigError: it is no YAML, gives a key twice, or a value is not what its form or tag says; in one line.
    """
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)
    except ConfigError:
        raise
    except yaml.YAMLError as error:
        raise ConfigError(" ".join(str(error).split())) from error
    except (ValueError, LookupError, AttributeError, TypeError) as error:  # a month of 13, `!!bool x`
        raise ConfigError(f"a value is not what its form or tag says: {error}") from error
    except RecursionError as error:
        raise ConfigError("values lie too deep within each other") from error


def load_yaml(cls: type[T], path: Path | str) -> T:
    """Build the dataclass `cls` from the YAML file at `path`.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or does not describe a `cls`; the message names it.
    """
    try:
        return build(cls, parse_yaml(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (ConfigError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def build(cls: type[T], mapping: object, where: str = "") -> T:
    """Build the dataclass `cls` from `mapping`; `where` is the dotted key that leads to it.

    Raises:
        ConfigError: a key is unknown or missing, a value has the wrong type, or the dataclass refuses it.
    """
    if not isinstance(mapping, Mapping):
        raise ConfigError(f"{where or 'the file'} must be a mapping, not {_describe(mapping)}")
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]  # T is a dataclass
    for key in mapping:
        if key not in known:
            raise ConfigError(f"{_join(where, key)} is not a known key{_suggest(str(key), list(known))}")
    hints = get_type_hints(cls)
    values = {}
    for name, field in known.items():
        if name in mapping:
            values[name] = convert(hints[name], mapping[name], _join(where, name))
        elif _is_required(field):
            raise ConfigError(f"{_join(where, name)} is missing")
    try:
        return cls(**values)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}" if where else str(error)) from error


def convert(kind: Any, value: object, where: str) -> Any:
    """Check `value` against the annotation `kind`, and build the dataclasses and tuples inside it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return build(kind, value, where)  # type: ignore[arg-type]  # is_dataclass admits instances as well
    if origin in (Union, types.UnionType):
        return None if value is None else convert(_without_none(arguments), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where} must be a list, not {_describe(value)}")
        return tuple(convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where} must be a mapping, not {_describe(value)}")
        for key in value:
            if not isinstance(key, str):
                raise ConfigError(f"{where} has the key {_describe(key)}; keys must be text")
        return dict(value)
    if origin is Literal:
        if value not in arguments:
            raise ConfigError(f"{where} must be one of {', '.join(map(str, arguments))}, not {_describe(value)}")
        return value
    return _convert_plain(kind, value, where)


def _convert_plain(kind: type, value: object, where: str) -> object:
    if kind is float and isinstance(value, str):  # YAML 1.1 reads 1e-3, which has no point, as text
        try:
            return float(value)
        except ValueError:
            raise ConfigError(f"{where} must be a number, not {_describe(value)}") from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    hint = "; quote it" if kind is str else ""  # YAML 1.1 reads the language `no` as false
    raise ConfigError(f"{where} must be of type {kind.__name__}, not {_describe(value)}{hint}")


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key that is given twice is an error instead of a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping, refusing repeated keys."""
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigError(f"line {node.start_mark.line + 1}: the key {key} is given twice")
        return super().construct_mapping(node, deep)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _without_none(arguments: tuple[Any, ...]) -> Any:
    return next(argument for argument in arguments if argument is not type(None))


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _describe(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"


def _suggest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
