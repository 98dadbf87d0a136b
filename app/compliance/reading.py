"""YAML files of rules and profiles; a defect names file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from app.errors import ConfigError
from app.marked_yaml import Step, read_marked, validated

Model = TypeVar("Model", bound=BaseModel)


def read_one(path: Path, model: type[Model]) -> Model:
    """A file that is one object. Raises ConfigError for the first defect; the others are its notes."""
    (found,) = _read(path, model, ((),))
    return found


def read_named(path: Path, model: type[Model]) -> dict[str, Model]:
    """A file of named objects. Raises ConfigError as `read_one`."""
    names = tuple(read_marked(path, {}, ours=True).data)
    return dict(zip(names, _read(path, model, tuple((name,) for name in names)), strict=True))


def _read(path: Path, model: type[Model], places: tuple[tuple[Step, ...], ...]) -> list[Model]:
    marked = read_marked(path, {}, ours=True)
    errors: list[ConfigError] = []
    parts = (marked.data[at[0]] if at else marked.data for at in places)
    found = [
        validated(model, part, at, marked, errors, example=str(path)) for part, at in zip(parts, places, strict=True)
    ]
    if errors:
        first, *others = errors
        for other in others:
            first.add_note(str(other))
        raise first
    return [one for one in found if one is not None]
