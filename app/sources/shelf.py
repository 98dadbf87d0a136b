"""Descriptions of backends that are shipped: the files of a folder below `config/backends`, each by its name."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from app.errors import ConfigError
from app.marked_yaml import read_marked, validated
from app.shipped import shipped

T = TypeVar("T", bound=BaseModel)


class Shelf(Generic[T]):
    def __init__(self, model: type[T], folder: str, page: str) -> None:
        """`page`: of `config/backends`, where it says how to write one."""
        self._model = model
        self._folder = folder
        self._page = page
        self._loaded: dict[str, T] = {}

    @cached_property
    def files(self) -> dict[str, Path]:
        """Name → file."""
        return {file.stem: file for file in sorted((shipped("config") / "backends" / self._folder).glob("*.yaml"))}

    def load(self, name: str) -> T:
        """Raises ConfigError."""
        if name not in self._loaded:
            marked, errors = read_marked(self.files[name], {}), list[ConfigError]()
            description = validated(
                self._model, marked.data, (), marked, errors, example=f"config/backends/{self._page}"
            )
            if description is None:
                raise errors[0]
            self._loaded[name] = description
        return self._loaded[name]

    def known(self, value: object) -> object:
        """For pydantic: raises ValueError for a name that is not there."""
        if isinstance(value, str) and value not in self.files:
            names = ", ".join(self.files)
            raise ValueError(f"no description of `{value}`; known: {names}; or describe it yourself in `describes`")
        return value
