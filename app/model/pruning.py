"""A copy of a JSON value with parts left out or replaced, that knows where its parts stood before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Path = tuple[str | int, ...]


class _Left:
    """Stands for what is left out."""


LEFT_OUT: Final = _Left()


def path_text(path: Path) -> str:
    """`evses[2].connectors[0].max_voltage`"""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def origin(indexes: Mapping[Path, list[int]], path: Path) -> Path:
    """A place in the copy as a place in the value as it came."""
    return tuple(
        indexes[path[:depth]][step] if isinstance(step, int) and path[:depth] in indexes else step
        for depth, step in enumerate(path)
    )


class Pruning:
    """Paths are places in the value as it came. The value itself is left as it is; the copy shares what is the same."""

    def __init__(self, value: Any) -> None:
        self.pruned = value
        self.indexes: dict[Path, list[int]] = {}
        """For each list that may be shorter now, by its place in the copy: the former index of each item."""
        self._value = value
        self._changes: dict[Path, Any] = {}
        self._below: dict[Path, dict[str | int, None]] = {}
        """For each place with changes below it: the steps that lead there."""

    def change(self, changes: Mapping[Path, Any]) -> None:
        """Makes the copy anew, with these changes and all former ones; LEFT_OUT takes a part away."""
        self._changes.update(changes)
        for path in changes:
            for depth, step in enumerate(path):
                self._below.setdefault(path[:depth], {})[step] = None
        self.indexes = {}
        self.pruned = self._copy(self._value, (), ())

    def left_out(self) -> tuple[Path, ...]:
        return tuple(path for path, replacement in self._changes.items() if replacement is LEFT_OUT)

    def replaced_around(self, path: Path) -> Path | None:
        """The outermost part at or around the path that was changed: what is below has no place in the value."""
        prefixes = (path[:depth] for depth in range(len(path) + 1))
        return next((prefix for prefix in prefixes if prefix in self._changes), None)

    def _copy(self, value: Any, here: Path, now: Path) -> Any:
        if here in self._changes:
            return self._changes[here]
        steps = self._below.get(here)
        if steps is None:
            return value
        if isinstance(value, dict):
            copy = dict(value)
            for name in steps:
                copy[str(name)] = self._copy(value.get(name), (*here, name), (*now, name))
            return {name: item for name, item in copy.items() if item is not LEFT_OUT}
        if isinstance(value, list):
            kept = [index for index in range(len(value)) if self._changes.get((*here, index)) is not LEFT_OUT]
            self.indexes[now] = kept
            return [self._copy(value[index], (*here, index), (*now, at)) for at, index in enumerate(kept)]
        return value
