"""A tree that knows what was read of it, so that what was not read can be told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.formats.datex2.nodes import RULE, Node, Unreadable
from app.formats.datex2.trees import TECHNICAL, Tree
from app.model.problem import Problem, Severity

_INDEX = re.compile(r"\[\d+\]")
_WHOLE = "*"
NO_PLACE = "has no place in the model"


@dataclass(frozen=True)
class Facts(Node):
    seen: set[tuple[int, str]] = field(default_factory=set, compare=False)
    """Members that were asked for, by the identity of their owner."""
    language: str = ""
    """Of the publication."""

    def many(self, name: str) -> Iterator[Facts]:
        self.seen.add((id(self.value), name))
        for node in super().many(name):
            yield Facts(node.value, node.path, node.problems, self.seen, self.language)

    def one(self, name: str) -> Facts | None:
        """The first; a note where there are others that differ."""
        found = list(self.many(name))
        if any(other.value != found[0].value for other in found[1:]):
            found[0].note(f"one of {len(found)}: the first is read")
        return found[0] if found else None

    def at(self, *names: str) -> Facts | None:
        """What stands at the end of the way."""
        found: Facts | None = self
        for name in names:
            found = found.one(name) if found else None
        return found

    def whole(self, name: str) -> list[tuple[str, Tree]]:
        """Objects that another reader reads and tells of, with their places."""
        found = [(one.path, one.value) for one in self.many(name) if isinstance(one.value, dict)]
        self.seen.update((id(value), _WHOLE) for _, value in found)
        return found

    def name(self, default: str = "") -> str:
        """The id of the object itself."""
        found = self.one("idG") or self.one("id")
        return found.text() if found else default

    def said(self, name: str) -> str | None:
        """A text or a code; None: not there."""
        found = self.one(name)
        return found.text() or None if found else None

    def codes(self, name: str) -> list[str]:
        return [text for one in self.many(name) if (text := one.text())]

    def words(self, name: str) -> str | None:
        """A multilingual text in the publication's language, else in its first; a note where others say something else."""
        found = self.one(name)
        texts = found.texts() if found else ()
        if not found or not texts:
            return None
        text = dict(reversed(texts)).get(self.language, texts[0][1])
        if any(other != text for _, other in texts):
            found.note("in several languages: one is kept")
        return text

    def amount(self, name: str) -> Decimal | None:
        """A number; None: not there, or unreadable, and a problem says so."""
        found = self.one(name)
        return found.readable() if found else None

    def count(self, name: str) -> int | None:
        number = self.amount(name)
        return None if number is None else round(number)

    def yes(self, name: str) -> bool | None:
        found = self.one(name)
        try:
            return found.flag() if found else None
        except Unreadable:
            self.left_out()
            return None

    def readable(self) -> Decimal | None:
        try:
            return self.number()
        except Unreadable:
            self.left_out()
            return None

    def left_out(self) -> None:
        """The last problem takes no more than the value itself."""
        last = self.problems[-1]
        self.problems[-1] = replace(last, what=f"{last.what}: left out", severity=Severity.PARTLY)


def unread(facts: Facts) -> Iterator[Problem]:
    """A note for each member that no one asked for."""
    for path, value in _unread(facts.value, facts.path, facts.seen):
        yield Problem(
            f"{NO_PLACE}: left out",
            Severity.NOTE,
            path=path,
            rule=RULE,
            value=_shown(value),
        )


def gathered(problems: Iterable[Problem], record: str = "") -> list[Problem]:
    """Those that say the same of the same member, once, with the first value and how often."""
    first: dict[tuple[str, str, Severity, str], Problem] = {}
    counts: Counter[tuple[str, str, Severity, str]] = Counter()
    for one in problems:
        path = _INDEX.sub("", one.path)
        key = (one.what, path, one.severity, one.record or record)
        first.setdefault(key, replace(one, path=path, record=one.record or record))
        counts[key] += 1
    return [
        replace(one, what=f"{one.what} ({counts[key]} times)") if counts[key] > 1 else one for key, one in first.items()
    ]


def _unread(value: Any, path: str, seen: set[tuple[int, str]]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _unread(one, path, seen)
    elif isinstance(value, dict) and (id(value), _WHOLE) not in seen:
        for name, inner in value.items():
            place = f"{path}.{name}" if path else name
            if (id(value), name) in seen:
                yield from _unread(inner, place, seen)
            elif name not in TECHNICAL:
                yield place, inner


def _shown(value: Any) -> str:
    while isinstance(value, list | dict) and value:
        inner = (
            value[0] if isinstance(value, list) else value.get("value", value.get("values", next(iter(value.values()))))
        )
        value = inner
    return str(value)[:80]
