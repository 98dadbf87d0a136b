"""Elements that differ in a few texts alone: written once, with places left open, and then filled in for each object."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from app.formats.datex2.shared import Written

Losses = Mapping[tuple[str, str, str], None]
_MOST = 2000


class Writer(Protocol):
    """Of one encoding."""

    def text(self, name: str, tree: Any) -> str:
        """An element."""

    def escape(self, text: str) -> str:
        """A text as it stands in an element."""


class _Pattern(NamedTuple):
    template: str
    lost: Losses


def place(name: str) -> str:
    """What stands in a tree for a text that is filled in later; no text of an object has such signs (OCPI types, string)."""
    return f"\x00{name}\x00"


@dataclass(slots=True)
class Patterns:
    """Of one element. For any number of threads."""

    writer: Writer
    element: str
    _known: dict[Hashable, _Pattern] = field(default_factory=dict)

    def filled(
        self, key: Hashable, build: Callable[[], tuple[Any, Losses]], values: Mapping[str, str]
    ) -> tuple[Written, Losses]:
        """What `build` makes, a tree and what is lost in it, with the values in their places. It is asked once for all of the
        same `key`; None: each time."""
        pattern = self._known.get(key)
        if pattern is None:
            tree, lost = build()
            pattern = _Pattern(self._template(tree, values), lost)
            if len(self._known) >= _MOST:
                self._known.clear()
            if key is not None:
                self._known[key] = pattern
        escape = self.writer.escape
        return Written(pattern.template % {name: escape(value) for name, value in values.items()}), pattern.lost

    def _template(self, tree: Any, names: Mapping[str, str]) -> str:
        text = self.writer.text(self.element, tree).replace("%", "%%")
        for name in names:
            text = text.replace(self.writer.escape(place(name)), f"%({name})s")
        return text
