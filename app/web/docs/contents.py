"""What pages the documentation has, by audience: `templates/docs/contents.yaml`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from app.shipped import shipped


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, and where its text is: just one of `file`, `shows` and `made` says so."""

    name: str
    """Its address below `/docs/`."""
    title: str
    """In the navigation."""
    file: str = ""
    """Markdown, by its path in the repository."""
    shows: tuple[str, ...] = ()
    """Files that are shown as they are."""
    made: str = ""
    """Which page of `made.PAGES`."""

    @property
    def family(self) -> str:
        """`sources` of `sources/steve`: the navigation unfolds one at a time."""
        return self.name.partition("/")[0]

    def text(self) -> str:
        """Markdown of what is not made."""
        if self.file:
            return shipped_file(self.file).read_text(encoding="utf-8")
        parts = [f"# {self.title}"]
        for path in self.shows:
            content = shipped_file(path).read_text(encoding="utf-8")
            parts.append(f"## {Path(path).name}\n\n```{Path(path).suffix[1:]}\n{content.rstrip()}\n```")
        return "\n\n".join(parts)


@dataclass(frozen=True, slots=True)
class Audience:
    title: str
    about: str
    entries: tuple[Entry, ...]


class Contents:
    def __init__(self, audiences: tuple[Audience, ...]) -> None:
        self.audiences = audiences
        self._named = {entry.name: entry for entry in self}
        self._of_file = {path: entry for entry in self for path in (entry.file, *entry.shows)}

    def __iter__(self) -> Iterator[Entry]:
        return (entry for audience in self.audiences for entry in audience.entries)

    def named(self, name: str) -> Entry | None:
        return self._named.get(name)

    def of_link(self, link: str, file: str) -> Entry | None:
        """The page on a file that `file` links to; a folder stands for the page that shows its files."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), link))
        inside = (entry for known, entry in self._of_file.items() if entry.shows and posixpath.dirname(known) == path)
        return self._of_file.get(path) or self._of_file.get(f"{path}/README.md") or next(inside, None)


@cache
def contents() -> Contents:
    listed = yaml.safe_load((shipped("templates") / "docs" / "contents.yaml").read_text(encoding="utf-8"))
    return Contents(
        tuple(
            Audience(
                one["title"],
                one["about"],
                tuple(Entry(**{**page, "shows": tuple(page.get("shows", ()))}) for page in one["pages"]),
            )
            for one in listed
        )
    )


def shipped_file(path: str) -> Path:
    """By its path in the repository, in a checkout or inside an installed wheel."""
    first, _, rest = path.partition("/")
    return shipped(first) / rest if rest else shipped(first)
