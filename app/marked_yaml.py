"""YAML that knows the line of every value, with `${NAME}` and `${NAME:-default}` from the environment.

Every scalar stays text (null alone becomes None) and pydantic reads it: a token `0123` keeps its zero, a country `NO` is not
False. `$${` writes a plain `${`. A key given twice, an anchor inside itself and a variable that is not set are errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.errors import ConfigError

Step = str | int
VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<broken>\$\{)")


@dataclass(frozen=True, slots=True)
class Marked:
    """A YAML document read: its data, and where each part of it stands."""

    file: str
    data: Any
    lines: Mapping[tuple[Step, ...], int] = field(repr=False)
    """Path of a value → its line, counted from 1; a key's line where the value is a mapping's."""

    def where(self, path: tuple[Step, ...]) -> str:
        """`file:line` of a path, or of the nearest part around it that is written down."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"


def read_marked(path: Path, environment: Mapping[str, str]) -> Marked:
    """Reads one YAML file; an empty file is an empty mapping. Raises ConfigError with file and line."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError("no such file", where=str(path), remedy="Check the path given by --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), remedy="It must be UTF-8 text") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError(f"not YAML: {error.problem}", where=where, remedy="Check indentation and quotes") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}", where=str(path)) from None
    reader = _Reader(str(path), environment)
    data = {} if root is None else reader.value(root, ())
    return Marked(str(path), data, reader.lines)


class _Reader:
    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self.file = file
        self.environment = environment
        self.lines: dict[tuple[Step, ...], int] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: tuple[Step, ...]) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._error(node, "an anchor that contains itself", "Write the value out")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: tuple[Step, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key, "a key must be a plain word", "Write `name: value`")
            name = str(key.value)
            if name in data:
                first = self.lines[(*path, name)]
                raise self._error(key, f"`{name}` is given twice (first in line {first})", "Keep one of them")
            self.lines[(*path, name)] = key.start_mark.line + 1
            data[name] = self.value(value, (*path, name))
        return data

    def _scalar(self, node: yaml.ScalarNode) -> str | None:
        if node.style is None and node.tag == "tag:yaml.org,2002:null":
            return None

        def substitute(match: re.Match[str]) -> str:
            if match["broken"]:
                raise self._error(
                    node, "`${` without a variable", "Write ${NAME}, ${NAME:-default}, or $${ for a plain ${"
                )
            if match["name"] is None:
                return "${"
            found = self.environment.get(match["name"])
            # As in a shell, `:-` also stands in for a variable that is set but empty.
            if match["default"] is not None:
                return found or str(match["default"])
            if found is None:
                name = match["name"]
                remedy = f"Set {name}, or give a default: ${{{name}:-…}}"
                raise self._error(node, f"the environment variable {name} is not set", remedy)
            return found

        return VARIABLE.sub(substitute, str(node.value))

    def _error(self, node: yaml.Node, what: str, remedy: str) -> ConfigError:
        return ConfigError(what, where=f"{self.file}:{node.start_mark.line + 1}", remedy=remedy)
