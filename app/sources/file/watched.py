"""Which files are there, and has one changed? Size and time say whether to look, its content whether it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from os import fstat, stat_result
from pathlib import Path

from app.clock import Clock, Millis, format_time
from app.errors import SourceAnswerError, SourceError, SourceUnreachable

SETTLED: Millis = 2000
"""Some file systems keep time in steps of two seconds: a younger file may change again without showing it."""

_Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was found."""

    modified_at: Millis
    """When it was last written, but never in the future: since then its content has been here."""
    content: bytes | None
    """None where size and time are those of the last look that was `accept`ed."""
    digest: bytes
    mark: _Mark | None
    error: SourceError | None = None
    """Why it could not be read."""

    @classmethod
    def failed(cls, error: SourceError) -> Look:
        """Like a file whose content is the error: as long as it stays the same nothing has changed."""
        return cls(0, None, blake2b(str(error).encode(), digest_size=16).digest(), None, error)


class WatchedPaths:
    """Files, and folders as they are at each moment."""

    def __init__(
        self, paths: Sequence[Path], in_folders: tuple[str, ...], source: str, max_body: int, clock: Clock
    ) -> None:
        """`in_folders`: how the names of the files end that are taken from a folder; empty: folders are none of it."""
        self.paths = tuple(paths)
        self._in_folders = in_folders
        self._source = source
        self._max_body = max_body
        self._clock = clock
        self._known: dict[Path, WatchedFile] = {}

    def files(self) -> list[WatchedFile]:
        """In the order of the paths, those of a folder by name."""
        there = [path for given in self.paths for path in self._below(given)]
        self._known = {path: self._known.get(path) or self._watched(path) for path in there}
        return list(self._known.values())

    def _below(self, given: Path) -> list[Path]:
        """The path itself where it is no folder, or one that cannot be listed: its `look` says why."""
        try:
            if not (self._in_folders and given.is_dir()):
                return [given]
            return sorted(path for path in given.iterdir() if self._is_taken(path.name))
        except OSError:
            return [given]

    def _is_taken(self, name: str) -> bool:
        return name.lower().endswith(self._in_folders) and not name.startswith(".")

    def _watched(self, path: Path) -> WatchedFile:
        return WatchedFile(path, self._source, self._max_body, self._clock)


class WatchedFile:
    def __init__(self, path: Path, source: str, max_body: int, clock: Clock) -> None:
        self.path = path
        self.name = path.name
        self.where = f"source {source}, {path}"
        self._max_body = max_body
        self._clock = clock
        self._mark: _Mark | None = None
        self._digest = b""

    def look(self) -> Look:
        """Raises SourceError where it is missing, too large, or being written."""
        try:
            with self.path.open("rb") as file:
                before = fstat(file.fileno())
                now = self._clock.now()
                modified_at = min(before.st_mtime_ns // 1_000_000, now)
                if self._mark == _mark(before):
                    return Look(modified_at, None, self._digest, self._mark)
                if before.st_size > self._max_body:
                    raise self._too_large(before.st_size)
                content = file.read(self._max_body + 1)
                after = fstat(file.fileno())
        except OSError as error:
            raise SourceUnreachable(
                f"cannot be read ({error.strerror})", where=self.where, remedy="Check path and permissions"
            ) from error
        if _mark(after) != _mark(before) or len(content) != after.st_size:
            raise SourceAnswerError(
                "is being written right now", where=self.where, remedy="Write it beside and rename it; it is read again"
            )
        settled = now - modified_at >= SETTLED
        digest = blake2b(content, digest_size=16).digest()
        return Look(modified_at, content, digest, _mark(before) if settled else None)

    def accept(self, look: Look) -> None:
        """What was found has been applied."""
        self._mark, self._digest = look.mark, look.digest

    def forget(self) -> None:
        self._mark, self._digest = None, b""

    def _too_large(self, size: int) -> SourceAnswerError:
        return SourceAnswerError(
            f"is {size} bytes large, more than {self._max_body}",
            where=self.where,
            remedy="Raise `max_body` of the source if that is right",
        )


def refuse_old_statuses(look: Look, where: str, now: Millis, ttl: float) -> None:
    """Statuses are as old as the file they stand in. `ttl`: seconds. Raises SourceAnswerError."""
    if now - look.modified_at > ttl * 1000:
        raise SourceAnswerError(
            f"was last written {format_time(look.modified_at)}; statuses as old as that are not published",
            where=where,
            remedy="Look at the program that writes it, or raise `ttl`",
        )


def _mark(found: stat_result) -> _Mark:
    return found.st_ino, found.st_size, found.st_mtime_ns
