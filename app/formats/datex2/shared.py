"""Trees that many objects have, such as the prices of a tariff: made once, and written once."""

from __future__ import annotations

from typing import Any


class Written:
    """A member of a tree that is text already, in JSON or, with its tags, in XML."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Shared(dict[str, Any]):
    """A tree that no one changes. How it is written is kept with it, by the element it is written as."""

    __slots__ = ("written",)

    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(tree)
        self.written: dict[object, str] = {}


def with_shared(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with members that may be shared, while it may not, since it gets others beside them."""
    return {name: _shared(value) for name, value in tree.items()}


def _shared(value: Any) -> Any:
    if isinstance(value, dict):
        return Shared(value)
    return [_shared(one) for one in value] if isinstance(value, list) else value
