"""YAML that knows the line of every value, with `${NAME}` and `${NAME:-default}` from the environment, checked by pydantic.

Every scalar stays text (null alone becomes None) and pydantic reads it: a token `0123` keeps its zero, a country `NO` is not
False. `$${` writes a plain `${`. A key given twice, an anchor inside itself and a variable that is not set are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.errors import ConfigError

Step = str | int
Model = TypeVar("Model", bound=BaseModel)
QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml; nesting without end would end the process."""
VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<broken>\$\{)")


@dataclass(frozen=True, slots=True)
class Marked:
    """A YAML document read: its data, and where each part of it stands."""

    file: str
    data: Any
    lines: Mapping[tuple[Step, ...], int] = field(repr=False)
    """Path of a value → its line, counted from 1; a key's line where the value is a mapping's. Empty for data that came
    without lines."""

    def where(self, path: tuple[Step, ...]) -> str:
        """`file:line` of a path, or of the nearest part around it that is written down; `file` alone where no lines are known."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines[path]}" if path in self.lines else self.file


def read_marked(path: Path, environment: Mapping[str, str], *, ours: bool = False) -> Marked:
    """Reads one YAML file; an empty file is an empty mapping. `ours`: it ships with chargefeed. Raises ConfigError with file and
    line."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError("no such file", where=str(path), remedy="Check the path given by --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), remedy="It must be UTF-8 text") from None
    return marked_of(text, str(path), environment, ours=ours)


def marked_of(text: str, file: str, environment: Mapping[str, str], *, ours: bool = False) -> Marked:
    """The document that is the text of a file; an empty one is an empty mapping. Raises ConfigError with file and line."""
    try:
        root = yaml.compose(text, Loader=QUICK if ours else yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{file}:{mark.line + 1}" if mark else file
        raise ConfigError(f"not YAML: {error.problem}", where=where, remedy="Check indentation and quotes") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}", where=file) from None
    except RecursionError:
        raise _too_deep(file) from None
    if root is None:
        return Marked(file, {}, {(): 1})
    reader = _Reader(file, environment)
    try:
        return Marked(file, reader.value(root, ()), reader.lines)
    except RecursionError:
        raise _too_deep(file) from None


def _too_deep(file: str) -> ConfigError:
    return ConfigError("nested deeper than anything here is", where=file, remedy="Check brackets and indentation")


def validated(
    model: type[Model],
    data: Any,
    at: tuple[Step, ...],
    marked: Marked,
    errors: list[ConfigError],
    *,
    example: str = "config/example.yaml",
) -> Model | None:
    """The part of a document at `at`, read by a model; None where it is refused, with its defects added to `errors`.

    `example`: the file that shows what can be written.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors.extend(
            _explained(model, detail, at, marked, example)
            for detail in error.errors(include_url=False)
            if detail["type"] != "default_factory_not_called"  # follows from another
        )
        return None


def _explained(
    model: type[BaseModel], detail: ErrorDetails, at: tuple[Step, ...], marked: Marked, example: str
) -> ConfigError:
    path: tuple[Step, ...] = detail["loc"]
    name = ".".join(str(step) for step in path)
    where = marked.where((*at, *path))
    if detail["type"] == "extra_forbidden":
        known = list(_model_at(model, path[:-1]).model_fields)
        near = get_close_matches(str(path[-1]), known, 1)
        remedy = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}"
        return ConfigError(f"unknown setting `{name}`", where=where, remedy=remedy, field=name)
    if detail["type"] == "missing":
        return ConfigError(f"`{name}` is missing", where=where, remedy=f"{example} shows every setting", field=name)
    what = detail["msg"].removeprefix("Value error, ")
    return ConfigError(f"`{name}`: {what[:1].lower()}{what[1:]}" if name else what, where=where, field=name)


def _model_at(model: type[BaseModel], path: Iterable[Step]) -> type[BaseModel]:
    for step in path:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


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
        if not node.style and node.tag == "tag:yaml.org,2002:null":
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
