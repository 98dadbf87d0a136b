"""Finding words in the documentation: in headings first, then in what stands below them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.web.docs.contents import Entry
from app.web.docs.markdown import sections

LONGEST = 200
MOST = 30
_AROUND = 90
"""Characters of the text that are shown on each side of the first word found."""


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    anchor: str
    title: str
    excerpt: str


def find(question: str, texts: Iterable[tuple[Entry, str]]) -> list[Hit]:
    """The sections in which all words occur, best first; at most MOST."""
    words = question[:LONGEST].casefold().split()
    found: list[tuple[int, int, Hit]] = []
    for entry, markdown in texts if words else ():
        for section in sections(markdown):
            title, text = f"{entry.title} {section.title}".casefold(), section.text.casefold()
            if all(word in title or word in text for word in words):
                in_title = sum(word in section.title.casefold() for word in words)
                hit = Hit(entry, section.anchor, section.title, _excerpt(section.text, words))
                found.append((-in_title, section.level, hit))
    return [hit for _, _, hit in sorted(found, key=lambda one: one[:2])[:MOST]]


def _excerpt(text: str, words: list[str]) -> str:
    lower = text.casefold()
    at = min((place for word in words if (place := lower.find(word)) >= 0), default=0)
    start, end = max(0, at - _AROUND), at + _AROUND
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"
