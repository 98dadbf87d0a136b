"""A sample plug-in: a destination of its own, a folder with the board as a document, and one more for each round of changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from app.delivery.base import Capabilities, DocumentDestination, Item, SettingsClass
from app.delivery.settings import DocumentSettings
from app.errors import DestinationUnreachable
from app.model.batch import Kind
from app.model.problem import Problem
from app.publish.documents import Document
from app.registry.projection import Head


class BoardFileSettings(DocumentSettings):
    folder: Path
    """Where the documents are put; it has to be there."""


class BoardFile(DocumentDestination):
    type = "board-file"
    Settings: ClassVar[SettingsClass] = BoardFileSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS}))
    documents = (("board-lines", Kind.LOCATIONS),)
    settings: BoardFileSettings

    def target(self) -> str:
        return str(self.settings.folder)

    def check(self) -> str:
        if not self.settings.folder.is_dir():
            raise DestinationUnreachable("no such folder", where=str(self.settings.folder), remedy="Make it")
        return f"{self.settings.folder} is there"

    def snapshot(self, documents: Sequence[Document]) -> Sequence[Problem]:
        (document,) = documents
        self._write(f"snapshot-{document.head.seq}.txt", b"".join(document.plain(document.head.published_at)))
        return ()

    def delta(self, items: Sequence[Item], head: Head) -> Sequence[Problem]:
        lines = [f"{item.object.body['id']}\n" if item.object else f"gone {item.key}\n" for item in items]
        self._write(f"delta-{head.seq}.txt", "".join(sorted(lines)).encode())
        return ()

    def _write(self, name: str, content: bytes) -> None:
        self.check()
        (self.settings.folder / name).write_bytes(content)
