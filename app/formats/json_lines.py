"""On which line of a JSON text a value stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

import orjson

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")


def path_of(text: str) -> Path:
    """`evses[2].status` → `("evses", 2, "status")`."""
    return tuple(int(index) if index else name for index, name in _STEP.findall(text))


@dataclass
class LineIndex:
    """The lines of all values of one well-formed JSON text."""

    text: str
    _lines: dict[Path, int] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = dict(_values(self.text))

    def line(self, path: Path) -> int:
        """The line (from 1) of the value, or of the nearest thing around it that is there."""
        while path not in self._lines and path:
            path = path[:-1]
        return self._lines.get(path, 1)


def _values(text: str) -> list[tuple[Path, int]]:
    ends = [match.start() for match in re.finditer("\n", text)]
    found: list[tuple[Path, int]] = []
    path: list[str | int] = []
    expects_name: list[bool] = []  # for each open object or list: whether a name comes next
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                expects_name[-1] = True
        elif word == ":":
            expects_name[-1] = False
        elif word in "}]":
            path.pop()
            expects_name.pop()
        elif expects_name and expects_name[-1]:
            path[-1] = _unquoted(word)
        else:
            found.append((tuple(path), bisect_right(ends, token.start()) + 1))
            if word in "{[":
                path.append("" if word == "{" else 0)
                expects_name.append(word == "{")
    return found


def _unquoted(word: str) -> str:
    return str(orjson.loads(word)) if "\\" in word else word[1:-1]
